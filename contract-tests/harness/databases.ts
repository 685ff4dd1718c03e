import { randomBytes } from 'node:crypto';
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { describe } from 'vitest';

/** One empty database of a test file. */
export interface TestDatabase {
  readonly kind: DatabaseKind['name'];
  /** The environment that makes a registry use it. */
  readonly env: Readonly<Record<string, string>>;
  drop(): Promise<void>;
}

export interface DatabaseKind {
  readonly name: 'pglite' | 'postgres';
  /** Whether this machine lacks what it needs. */
  readonly skipped: boolean;
  /** Registries that share it. @default 1 */
  readonly replicas?: number;
  create(): Promise<TestDatabase>;
}

/** Both databases the registry runs on; Postgres needs AGENTNET_TEST_POSTGRES_URL. */
export function databases(): readonly DatabaseKind[] {
  const postgresUrl = process.env['AGENTNET_TEST_POSTGRES_URL'];
  return [
    { name: 'pglite', skipped: false, create: createFolder },
    { name: 'postgres', skipped: !postgresUrl, create: () => createPostgres(postgresUrl ?? '') },
  ];
}

/** Defines the same tests once for each database; those this machine lacks are shown as skipped. */
export function onEachDatabase(group: string, define: (database: DatabaseKind) => void): void {
  for (const database of databases()) defineOn(database, { group, define });
}

/** Likewise, and once more for three registries that share one Postgres. PGlite serves a single process. */
export function onEachDeployment(group: string, define: (database: DatabaseKind) => void): void {
  onEachDatabase(group, define);
  for (const database of databases().filter(({ name }) => name === 'postgres'))
    defineOn({ ...database, replicas: 3 }, { group: `${group} of three registries`, define });
}

interface Group {
  readonly group: string;
  readonly define: (database: DatabaseKind) => void;
}

function defineOn(database: DatabaseKind, { group, define }: Group): void {
  const why = database.skipped ? ' (AGENTNET_TEST_POSTGRES_URL is not set)' : '';
  describe.skipIf(database.skipped)(`${group} on ${database.name}${why}`, () => define(database));
}

async function createFolder(): Promise<TestDatabase> {
  const folder = await mkdtemp(join(tmpdir(), 'agentnet-pglite-'));
  const template = process.env['AGENTNET_TEST_PGLITE_TEMPLATE'];
  if (template !== undefined) await cp(template, join(folder, 'db'), { recursive: true });
  return {
    kind: 'pglite',
    env: { AGENTNET_DATA_DIR: join(folder, 'db') },
    drop: () => rm(folder, { recursive: true, force: true }),
  };
}

async function createPostgres(serverUrl: string): Promise<TestDatabase> {
  const name = `agentnet_test_${randomBytes(6).toString('hex')}`;
  await administer(serverUrl, `CREATE DATABASE ${name}`);
  const url = new URL(serverUrl);
  url.pathname = `/${name}`;
  return {
    kind: 'postgres',
    env: { DATABASE_URL: url.href },
    drop: () => administer(serverUrl, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`),
  };
}

async function administer(serverUrl: string, sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: serverUrl });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}
