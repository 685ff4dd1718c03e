import { expect, test } from 'vitest';
import { type Database, openDatabase } from '../src/store/database.js';
import { openPostgres } from '../src/store/pg.js';
import { openPglite } from '../src/store/pglite.js';
import { describeOnEachDatabase, describeOnPostgres, type TestDatabase } from './harness/databases.js';
import { type Network, useNetwork } from './harness/network.js';
import { makeTablesOf, versions, writeAs } from './harness/old-version.js';
import type { WireReply } from './harness/wire.js';

const earlier = versions.slice(0, -1);

/** Opens it as it is, without bringing its tables up to date. */
async function openAsIs({ options }: TestDatabase): Promise<Database> {
  return options.kind === 'postgres' ? openPostgres(options.url) : openPglite(options.dataDir);
}

/** What the registry knows of agent `n`. */
async function known({ wire }: Pick<Network, 'wire'>, n: number): Promise<WireReply> {
  const [profile, key, status, messages, list] = await Promise.all([
    wire.ask('profile', { account_id: `acct_${n}` }),
    wire.ask('resolve_key', { account_id: `acct_${n}` }),
    wire.ask('thread_status', { thread_id: `thread_${n}` }),
    wire.ask('thread_messages', { thread_id: `thread_${n}` }),
    wire.listed(),
  ]);
  return { profile: profile.profile, key, status, messages: messages.messages, list };
}

function expectWrittenBy(version: string, n: number, found: WireReply): void {
  expect(found.profile).toMatchObject({
    username: `old_${n}`,
    display_name: `Older ${n}`,
    capabilities: ['chat', 'files'],
    metadata: { team: { n: 2 } },
  });
  expect(found.list.map((row: WireReply) => row.name)).toContain(`Heard ${n}`);
  const message = { message_id: `message_${n}`, payload: { text: `words of ${n}` }, from_account_id: `acct_${n}` };
  const hasHistory = version >= '0002';
  expect(found.messages).toEqual(hasHistory ? [expect.objectContaining(message)] : []);
  expect(found.status.message_count).toBe(hasHistory ? 1 : undefined);
  expect(found.status.byte_count).toBe(hasHistory ? 24 : undefined);
  expect(found.key.public_key).toBe(version >= '0003' ? `key_${n}` : undefined);
}

describeOnEachDatabase('migrations', (kind) => {
  for (const version of earlier) {
    const network = useNetwork(kind);
    test(`given a database of ${version} with rows, when the newest registry opens it, then every row is there and new ones come`, async () => {
      const old = await openAsIs(network.database);
      await makeTablesOf(version, old);
      for (const n of [1, 2]) await writeAs(version, old, n);
      await old.close();
      await network.startRegistry();
      for (const n of [1, 2]) expectWrittenBy(version, n, await known(network, n));
      const { account_id } = await network.wire.register({ agent_id: 'new', username: 'old_1' });
      expect(account_id).toBe('acct_1');
    });
  }

  test('given an up-to-date database, when it is opened again, then nothing is applied', async () => {
    const home = await kind.create();
    await (await openDatabase(home.options)).close();
    const database = await openDatabase(home.options);
    const rows = await database.query<{ name: string }>('SELECT name FROM agent_migrations ORDER BY name');
    expect(rows.map(({ name }) => name)).toEqual(versions);
    await database.close();
    await home.drop();
  });
});

describeOnPostgres('a registry of an earlier version beside the newest', (kind) => {
  for (const version of earlier) {
    const network = useNetwork(kind);
    test(`given one of ${version} that goes on writing, when the newest has migrated, then either's rows are seen`, async () => {
      const old = await openAsIs(network.database);
      await makeTablesOf(version, old);
      await writeAs(version, old, 1);
      await network.startRegistry();
      await writeAs(version, old, 2);
      for (const n of [1, 2]) expectWrittenBy(version, n, await known(network, n));
      await old.close();
    });
  }

  test('given ten registries that open an empty database at once, then the tables are made once', async () => {
    const home = await kind.create();
    const opened = await Promise.all(Array.from({ length: 10 }, () => openDatabase(home.options)));
    const rows = await opened[0]?.query('SELECT name FROM agent_migrations');
    expect(rows).toHaveLength(versions.length);
    await Promise.all(opened.map((database) => database.close()));
    await home.drop();
  });
});
