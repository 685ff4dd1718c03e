import { type MetricsReply, ProtocolError, RegistryClient } from '@agentnet/protocol';
import { connect, natsTransport } from '@agentnet/sdk/transport';
import { remedyFor } from '../output/remedies.js';
import { failureOf } from '../output/report-failure.js';
import type { NetworkOptions } from '../session/network-options.js';
import { checkClock } from './check-clock.js';
import { checkDatabase } from './check-database.js';
import { checkDeadLetters, checkWriter } from './check-history.js';
import { checkBacklog, checkJetStream } from './check-jetstream.js';
import { checkSchemaVersions } from './check-schema-versions.js';
import { checkServer, checkToken } from './check-server.js';
import type { Finding } from './finding.js';
import type { Patient } from './patient.js';

type Check = (patient: Patient) => Finding | Promise<Finding>;

const checks: readonly (readonly [string, Check])[] = [
  ['server', checkServer],
  ['token', checkToken],
  ['jetstream', checkJetStream],
  ['registry', checkRegistry],
  ['clock', checkClock],
  ['schema version', checkSchemaVersions],
  ['database', checkDatabase],
  ['history writer', checkWriter],
  ['stream backlog', checkBacklog],
  ['dead letters', checkDeadLetters],
];

/** Looks at everything an operator can see of a network; a check that fails does not keep the others from looking. */
export async function examine(network: NetworkOptions): Promise<Finding[]> {
  const { natsUrl, wait } = network;
  let connection: Awaited<ReturnType<typeof connect>>;
  try {
    connection = await connect({ url: natsUrl, name: 'agentnet-cli-doctor', maxReconnectAttempts: 0, ...wait });
  } catch (cause) {
    if (cause instanceof ProtocolError && cause.code === 'cancelled') throw cause;
    return unreachable(cause);
  }
  try {
    const transport = natsTransport(connection);
    const registry = new RegistryClient(transport);
    const metrics = askMetrics(registry, wait);
    const patient: Patient = { network, connection, transport, registry, metrics };
    const findings: Finding[] = [];
    for (const [name, check] of checks) findings.push(await attempt(name, () => check(patient)));
    return findings;
  } finally {
    await connection.close();
  }
}

async function askMetrics(
  registry: RegistryClient,
  call: NetworkOptions['wait'],
): Promise<Awaited<Patient['metrics']>> {
  const askedAtMs = Date.now();
  try {
    const reply: MetricsReply = await registry.metrics({}, call);
    return { reply, askedAtMs, answeredAtMs: Date.now() };
  } catch (cause) {
    return { failure: failureOf(cause) };
  }
}

async function checkRegistry({ metrics }: Patient): Promise<Finding> {
  const answer = await metrics;
  if ('failure' in answer) {
    const { code, detail } = answer.failure;
    return { check: 'registry', verdict: 'failure', detail: `[${code}] ${detail}`, fix: remedyFor(code) };
  }
  const { server_id, handlers } = answer.reply;
  const failing = Object.entries(handlers).filter(([, { errors }]) => errors > 0);
  if (failing.length === 0) return { check: 'registry', verdict: 'ok', detail: `${server_id} answers` };
  const errors = failing.map(([name, handler]) => `${name} ${handler.errors}`).join(', ');
  return {
    check: 'registry',
    verdict: 'ok',
    detail: `${server_id} answers; calls it refused or failed since its start: ${errors}`,
  };
}

async function attempt(check: string, look: () => Finding | Promise<Finding>): Promise<Finding> {
  try {
    return await look();
  } catch (cause) {
    const { code, detail } = failureOf(cause);
    if (code === 'cancelled') throw cause;
    return { check, verdict: 'failure', detail: `[${code}] ${detail}`, fix: remedyFor(code) };
  }
}

function unreachable(cause: unknown): Finding[] {
  const { code, detail } = failureOf(cause);
  const failed: Finding = {
    check: code === 'authorization_failed' ? 'token' : 'server',
    verdict: 'failure',
    detail: `[${code}] ${detail}`,
    fix: remedyFor(code),
  };
  const reached: Finding[] =
    failed.check === 'token' ? [{ check: 'server', verdict: 'ok', detail: 'answers, but refuses the token' }] : [];
  const seen = new Set(['server', failed.check]);
  const rest = checks
    .filter(([name]) => !seen.has(name))
    .map(([check]): Finding => ({ check, verdict: 'unknown', detail: 'not looked at: there is no connection' }));
  return [...reached, failed, ...rest];
}
