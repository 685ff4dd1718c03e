import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startNats } from '@agentnet/contract-tests/harness/nats-server';
import { findPostgresPrograms, startPostgres } from '@agentnet/contract-tests/harness/postgres-cluster';
import { startRegistry } from '@agentnet/contract-tests/harness/registry-process';
import { type Responder, startResponder } from './responder-process.js';

/** What every scenario runs on: nats-server, a registry and the answering side, each in a process of its own. */
export interface Network {
  readonly natsUrl: string;
  readonly databaseKind: 'postgres' | 'pglite';
  /** Present when the registry writes to PostgreSQL. */
  readonly postgresUrl?: string;
  /** The registry's process. */
  readonly registryPid: number;
  readonly responder: Responder;
  stop(): Promise<void>;
}

export interface NetworkSettings {
  readonly registryEnv?: Readonly<Record<string, string>>;
  readonly responderEnv?: Readonly<Record<string, string>>;
}

/** Uses PostgreSQL where its programs are installed, the embedded database elsewhere. */
export async function startNetwork({ registryEnv, responderEnv }: NetworkSettings = {}): Promise<Network> {
  const nats = await startNats();
  const programs = findPostgresPrograms();
  const postgres = programs ? await startPostgres(programs) : undefined;
  const folder = await mkdtemp(join(tmpdir(), 'agentnet-bench-'));
  const database: Record<string, string> = postgres ? { DATABASE_URL: postgres.url } : { AGENTNET_DATA_DIR: folder };
  const registry = await startRegistry({
    natsUrl: nats.url,
    database,
    env: { LOG_LEVEL: 'warn', RPC_RATE_LIMIT_PER_SECOND: '0', ...registryEnv },
  });
  const responder = await startResponder(nats.url, responderEnv);
  return {
    natsUrl: nats.url,
    databaseKind: postgres ? 'postgres' : 'pglite',
    ...(postgres ? { postgresUrl: postgres.url } : {}),
    registryPid: registry.pid,
    responder,
    async stop() {
      await responder.stop();
      await registry.stop();
      await nats.stop();
      await postgres?.[Symbol.asyncDispose]();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
