import { randomBytes } from 'node:crypto';
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { describe } from 'vitest';
import type { DatabaseOptions } from '../../src/store/database.js';

export interface TestDatabase {
  readonly options: DatabaseOptions;
  drop(): Promise<void>;
}

export interface DatabaseKind {
  readonly name: string;
  /** An empty database of its own. */
  create(): Promise<TestDatabase>;
}

const serverUrl = process.env['AGENTNET_TEST_POSTGRES_URL'];

const pglite: DatabaseKind = {
  name: 'PGlite',
  async create() {
    const template = process.env['AGENTNET_TEST_PGLITE_TEMPLATE'];
    if (template === undefined) return { options: { kind: 'pglite', dataDir: 'memory://' }, drop: async () => {} };
    const folder = await mkdtemp(join(tmpdir(), 'agentnet-pglite-'));
    const dataDir = join(folder, 'db');
    await cp(template, dataDir, { recursive: true });
    return { options: { kind: 'pglite', dataDir }, drop: () => rm(folder, { recursive: true, force: true }) };
  },
};

const postgres: DatabaseKind = {
  name: 'Postgres',
  async create() {
    const name = `agentnet_test_${randomBytes(6).toString('hex')}`;
    await administrate(`CREATE DATABASE ${name}`);
    const url = new URL(serverUrl ?? '');
    url.pathname = `/${name}`;
    return {
      options: { kind: 'postgres', url: url.toString() },
      drop: () => administrate(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`),
    };
  },
};

async function administrate(sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: serverUrl });
  await client.connect();
  await client.query(sql).finally(() => client.end());
}

/** The same tests on the embedded database and, where `AGENTNET_TEST_POSTGRES_URL` names a server, on Postgres. */
export function describeOnEachDatabase(name: string, tests: (kind: DatabaseKind) => void): void {
  describe(`${name} on PGlite`, () => tests(pglite));
  describeOnPostgres(name, tests);
}

export function describeOnPostgres(name: string, tests: (kind: DatabaseKind) => void): void {
  describe.skipIf(serverUrl === undefined)(`${name} on Postgres`, () => tests(postgres));
}
