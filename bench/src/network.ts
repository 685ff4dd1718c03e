import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Cleanup } from '@agentnet/contract-tests/harness/cleanup';
import { type NatsServer, startNats } from '@agentnet/contract-tests/harness/nats-server';
import {
  findPostgresPrograms,
  type PostgresCluster,
  startPostgres,
} from '@agentnet/contract-tests/harness/postgres-cluster';
import { type RegistryProcess, startRegistry } from '@agentnet/contract-tests/harness/registry-process';
import { limits } from '@agentnet/protocol';
import type { ProcessIds } from './process-use.js';
import { type Responder, startResponder } from './responder-process.js';

/** What every scenario runs on: nats-server, a registry and the answering side, each in a process of its own. */
export interface Network {
  readonly natsUrl: string;
  readonly databaseKind: 'postgres' | 'pglite';
  /** Present when the registry writes to PostgreSQL. */
  readonly postgresUrl?: string;
  readonly nats: NatsServer;
  readonly registry: RegistryProcess;
  readonly postgres?: PostgresCluster;
  /** The registry's process. */
  readonly registryPid: number;
  readonly responder: Responder;
  /** The processes behind the roles, this one asking. */
  processes(): ProcessIds;
  stop(): Promise<void>;
}

export interface NetworkSettings {
  readonly registryEnv?: Readonly<Record<string, string>>;
  readonly responderEnv?: Readonly<Record<string, string>>;
}

/** As an operator gets it; the harness's own settings are for tests that wait for time to pass. */
const presence: Readonly<Record<string, string>> = {
  AGENT_TTL_SECONDS: String(limits.sessionTtlSeconds),
  HEARTBEAT_INTERVAL_SECONDS: String(limits.heartbeatIntervalSeconds),
  GC_INTERVAL_SECONDS: String(limits.gcIntervalSeconds),
};

/** Uses PostgreSQL where its programs are installed, the embedded database elsewhere. */
export async function startNetwork(settings: NetworkSettings = {}): Promise<Network> {
  const started = new Cleanup();
  try {
    return await start(settings, started);
  } catch (cause) {
    await started.run();
    throw cause;
  }
}

async function start({ registryEnv, responderEnv }: NetworkSettings, started: Cleanup): Promise<Network> {
  const folder = await mkdtemp(join(tmpdir(), 'agentnet-bench-'));
  started.defer(() => rm(folder, { recursive: true, force: true }));
  const programs = findPostgresPrograms();
  const postgres = programs ? started.use(await startPostgres(programs)) : undefined;
  const nats = started.use(await startNats());
  const database: Record<string, string> = postgres ? { DATABASE_URL: postgres.url } : { AGENTNET_DATA_DIR: folder };
  const registry = started.use(
    await startRegistry({
      natsUrl: nats.url,
      database,
      env: { ...presence, LOG_LEVEL: 'warn', RPC_RATE_LIMIT_PER_SECOND: '0', ...registryEnv },
    }),
  );
  const responder = await startResponder(nats.url, responderEnv);
  started.defer(() => responder.stop());
  return {
    natsUrl: nats.url,
    databaseKind: postgres ? 'postgres' : 'pglite',
    ...(postgres ? { postgresUrl: postgres.url, postgres } : {}),
    nats,
    registry,
    get registryPid() {
      return registry.pid;
    },
    responder,
    processes: () => ({
      asking: process.pid,
      answering: responder.pid,
      'nats-server': nats.pid,
      registry: registry.pid,
      ...(postgres ? { PostgreSQL: postgres.pid } : {}),
    }),
    stop: () => started.run(),
  };
}
