import {
  encodeJson,
  type KeyChange,
  limits,
  nowTimestamp,
  type Service,
  serveRegistry,
  subjects,
  type Transport,
} from '@agentnet/protocol';
import { connect, natsTransport } from '@agentnet/sdk/transport';
import type { NatsConnection } from '@nats-io/nats-core';
import type { RegistryDeps } from './deps.js';
import { callObserver, registryHandlers } from './handlers.js';
import { startHistory } from './history/index.js';
import { ownInboxPrefix } from './history/own-inbox.js';
import { healthChecks } from './http/checks.js';
import { serveHealth } from './http/health.js';
import { startCleanUp } from './jobs/clean-up.js';
import { watchDurability } from './jobs/watch-durability.js';
import { makeLogger } from './log.js';
import { RegistryMetrics } from './metrics/registry-metrics.js';
import { type RegistryOptions, resolveOptions } from './options.js';
import { HelloAbsorber } from './presence/absorb-hellos.js';
import { onlineCutoffMs } from './presence/online-cutoff.js';
import { CallBudget } from './rate-limit/call-budget.js';
import { limitCalls } from './rate-limit/limit-calls.js';
import { secretsOf } from './secrets.js';
import { settleWithin } from './settle-within.js';
import { accountLookups } from './store/account-lookups.js';
import { openDatabase } from './store/database.js';
import { type RunningRegistry, supervise } from './supervise.js';
import { Teardown } from './teardown.js';

/** A lost server must not keep a stopping registry waiting: nothing can be answered any more. */
const DRAIN_TIMEOUT_MS = 5000;

/**
 * Starts one registry. Any number of them may run on one NATS and one Postgres.
 *
 * @returns when agents can register
 * @throws {AgentNetError} `invalid_option`, `connect_failed`, `authorization_failed`, `database_unavailable`, `data_dir_locked`,
 *   `history_unavailable`
 */
export async function startRegistry(options: RegistryOptions): Promise<RunningRegistry> {
  const config = resolveOptions(options);
  const log = options.log ?? makeLogger({ level: config.logLevel, secrets: secretsOf(config) });
  const teardown = new Teardown(log);
  try {
    return await start({ config, log, now: options.now ?? Date.now }, teardown);
  } catch (cause) {
    await teardown.run();
    throw cause;
  }
}

type Basics = Pick<RegistryDeps, 'config' | 'log' | 'now'>;

async function start(basics: Basics, teardown: Teardown): Promise<RunningRegistry> {
  const { config, log, now } = basics;
  const connection = await connect({ url: config.natsUrl, name: 'agentnet-registry', inboxPrefix: ownInboxPrefix });
  teardown.add('NATS connection', () => connection.close());
  const database = await openDatabase(config.database);
  teardown.add('database', () => database.close());
  const presence = new HelloAbsorber({
    database,
    serverId: config.serverId,
    log,
    checkSignatures: config.devAuth,
  });
  const metrics = new RegistryMetrics(config.metricsWindowSize);
  const deps: RegistryDeps = {
    ...basics,
    database,
    presence,
    metrics,
    lookups: accountLookups(database, () => ({ nowMs: now(), cutoffMs: onlineCutoffMs({ now, config }) })),
    announceKeyChange(account_id) {
      const change: KeyChange = { account_id, changed_at: nowTimestamp(now()) };
      if (!connection.isClosed()) connection.publish(subjects.keyChanges, encodeJson(change));
    },
  };
  const history = await startHistory({ ...deps, connection });
  teardown.add('history', () => history.stop());
  teardown.add('hellos', () => presence.stop());
  const durability = await watchDurability(deps);
  teardown.add('durability watch', () => durability.stop());
  const handlers = registryHandlers(deps, { writeQueue: () => history.metrics(), durability: durability.told });
  const service = serveRegistry(limitedTransport(connection, deps), handlers, { observer: callObserver(deps), now });
  teardown.add('service', () => drainService(service, connection));
  await connection.flush();
  const cleanUp = startCleanUp(deps);
  teardown.add('clean-up', () => cleanUp.stop());
  const http = config.http && (await serveHealth(config.http, healthChecks({ deps, history, connection })));
  if (http) teardown.add('health endpoint', () => http.close());
  return supervise({ serverId: config.serverId, httpPort: http?.port, log, teardown, connection, history });
}

/** Where the configuration limits calls, a client that makes too many is refused before anything is done for it. */
function limitedTransport(connection: NatsConnection, { config, metrics }: RegistryDeps): Transport {
  const transport = natsTransport(connection);
  const { rpcRateLimitPerSecond: perSecond, rpcRateLimitBurst: burst } = config;
  if (perSecond === 0) return transport;
  const budget = new CallBudget({
    each: { perSecond, burst },
    unknown: { perSecond: limits.rpcNewClientsPerSecond, burst: limits.rpcNewClientsBurst },
    clientsMax: limits.rpcClientsMax,
  });
  return limitCalls(transport, { budget, onRefused: (operation) => metrics.refused(operation, 'rate_limited') });
}

/** Finishes the calls under way and gets their answers onto the wire. */
async function drainService(service: Service, connection: NatsConnection): Promise<void> {
  if (connection.isClosed()) return;
  await settleWithin(DRAIN_TIMEOUT_MS, service.drain());
  if (!connection.isClosed()) await settleWithin(DRAIN_TIMEOUT_MS, connection.flush());
}
