import { randomBytes } from 'node:crypto';
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';

/** One empty database of a registry under test. */
export interface TestDatabase {
  readonly kind: 'pglite' | 'postgres';
  /** The environment that makes a registry use it. */
  readonly env: Readonly<Record<string, string>>;
  drop(): Promise<void>;
}

/** A folder for the embedded database, from the template of the test run if there is one. */
export async function createFolder(): Promise<TestDatabase> {
  const folder = await mkdtemp(join(tmpdir(), 'agentnet-pglite-'));
  const template = process.env['AGENTNET_TEST_PGLITE_TEMPLATE'];
  if (template !== undefined) await cp(template, join(folder, 'db'), { recursive: true });
  return {
    kind: 'pglite',
    env: { AGENTNET_DATA_DIR: join(folder, 'db') },
    drop: () => rm(folder, { recursive: true, force: true }),
  };
}

/** A database of its own on a server; `serverUrl` is a superuser's. */
export async function createPostgres(serverUrl: string): Promise<TestDatabase> {
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
