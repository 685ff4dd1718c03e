import { is } from '@agentnet/protocol';
import pg from 'pg';
import { expect, test } from 'vitest';
import { readDurability } from '../src/store/read-durability.js';
import { describeOnEachDatabase, describeOnPostgres } from './harness/databases.js';
import { eventually } from './harness/eventually.js';
import { useNetwork } from './harness/network.js';
import { useStore } from './harness/records.js';

describeOnEachDatabase('durability', (kind) => {
  const network = useNetwork(kind);

  test('given a registry, when its metrics are read, then they tell what its database says of itself', async () => {
    await network.startRegistry();
    const { store_durability } = await network.wire.ask('metrics');
    expect(is('StoreDurability', store_durability)).toBe(true);
    // The server of the tests runs without fsync, as the built-in database always does.
    expect(store_durability).toEqual({
      engine: kind.name === 'PGlite' ? 'pglite' : 'postgres',
      version: expect.stringMatching(/^\d+\.\d+/),
      fsync: false,
      synchronous_commit: 'on',
      full_page_writes: true,
    });
  });
});

describeOnEachDatabase('durability settings', (kind) => {
  const store = useStore(kind);

  test('given an embedded database without a folder, when its settings are read, then it is told that nothing is kept', async () => {
    const { engine } = await readDurability(store.database, { kind: 'pglite', dataDir: 'memory://' });
    expect(engine).toBe('memory');
  });
});

describeOnPostgres('durability', (kind) => {
  const network = useNetwork(kind);

  test('given a running registry, when commits are told not to wait, then its metrics say so without a restart', async () => {
    await network.startRegistry({ gcIntervalSeconds: 1 });
    const { options } = network.database;
    const url = options.kind === 'postgres' ? options.url : '';
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    await client.query(`ALTER DATABASE ${new URL(url).pathname.slice(1)} SET synchronous_commit = off`);
    // The setting is for new connections, such as a registry has after a restart of its database.
    await client.query(
      'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()',
    );
    await client.end();
    const told = async () => (await network.wire.ask('metrics')).store_durability?.synchronous_commit;
    await eventually(told, 'off');
  });
});
