import { encodeJson, type KeyChange, nowTimestamp, type Service, serveRegistry, subjects } from '@agentnet/protocol';
import { connect, natsTransport } from '@agentnet/sdk/transport';
import type { NatsConnection } from '@nats-io/nats-core';
import type { RegistryDeps } from './deps.js';
import { callObserver, registryHandlers } from './handlers.js';
import { startHistory } from './history/index.js';
import { healthChecks } from './http/checks.js';
import { serveHealth } from './http/health.js';
import { startCleanUp } from './jobs/clean-up.js';
import { makeLogger } from './log.js';
import { RegistryMetrics } from './metrics/registry-metrics.js';
import { type RegistryOptions, resolveOptions } from './options.js';
import { HelloAbsorber } from './presence/absorb-hellos.js';
import { settleWithin } from './settle-within.js';
import { openDatabase } from './store/database.js';
import { type RunningRegistry, supervise } from './supervise.js';
import { Teardown } from './teardown.js';

/** The registry's own inboxes lie outside `_INBOX.>`, or its history would record its own traffic for ever. */
const INBOX_PREFIX = '_REG';

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
  const log = options.log ?? makeLogger(config.logLevel);
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
  const connection = await connect({ url: config.natsUrl, name: 'agentnet-registry', inboxPrefix: INBOX_PREFIX });
  teardown.add('NATS connection', () => connection.close());
  const database = await openDatabase(config.database);
  teardown.add('database', () => database.close());
  const presence = new HelloAbsorber({
    database,
    serverId: config.serverId,
    log,
    checkSignatures: config.devAuth,
  });
  const deps: RegistryDeps = {
    ...basics,
    database,
    presence,
    metrics: new RegistryMetrics(config.metricsWindowSize),
    announceKeyChange(account_id) {
      const change: KeyChange = { account_id, changed_at: nowTimestamp(now()) };
      if (!connection.isClosed()) connection.publish(subjects.keyChanges, encodeJson(change));
    },
  };
  const history = await startHistory({ ...deps, connection });
  teardown.add('history', () => history.stop());
  teardown.add('hellos', () => presence.stop());
  const handlers = registryHandlers(deps, () => history.metrics());
  const service = serveRegistry(natsTransport(connection), handlers, { observer: callObserver(deps), now });
  teardown.add('service', () => drainService(service, connection));
  await connection.flush();
  const cleanUp = startCleanUp(deps);
  teardown.add('clean-up', () => cleanUp.stop());
  const http = config.http && (await serveHealth(config.http, healthChecks({ deps, history, connection })));
  if (http) teardown.add('health endpoint', () => http.close());
  return supervise({ serverId: config.serverId, httpPort: http?.port, log, teardown, connection, history });
}

/** Finishes the calls under way and gets their answers onto the wire. */
async function drainService(service: Service, connection: NatsConnection): Promise<void> {
  if (connection.isClosed()) return;
  await settleWithin(DRAIN_TIMEOUT_MS, service.drain());
  if (!connection.isClosed()) await settleWithin(DRAIN_TIMEOUT_MS, connection.flush());
}
