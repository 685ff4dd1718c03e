import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import pg from 'pg';
import { describe, expect, test, vi } from 'vitest';
import { arrayLiteral } from '../src/store/array-literal.js';
import { openDatabase, timestampText } from '../src/store/database.js';
import { DatabaseError, toDatabaseError } from '../src/store/database-error.js';
import { applyMigrations } from '../src/store/migrations.js';
import { describeOnEachDatabase, describeOnPostgres } from './harness/databases.js';
import { useStore } from './harness/records.js';

describeOnEachDatabase('database', (kind) => {
  const store = useStore(kind);

  test('given a migrated database, when migrations run again, then none is applied', async () => {
    expect(await applyMigrations(store.database)).toEqual([]);
  });

  test('given values of every type in use, when read, then they have their documented JavaScript form', async () => {
    const sql = `SELECT $1::bigint AS big, count(*) AS counted, $2::jsonb AS json, $3::text[] AS texts, $4::bytea AS bytes,
      ${timestampText('$5::timestamptz')} AS fraction, ${timestampText('$6::timestamptz')} AS whole, NULL::bigint AS nothing`;
    const bytes = new Uint8Array([0, 255]);
    const texts = ['a"b\\', '{x,y}', 'NULL', '', '😀'];
    const params = [
      2 ** 40,
      '{"a":[1.5]}',
      texts,
      bytes,
      '2026-02-21T11:00:00.000120+03:00',
      '2026-02-21T08:00:00.000Z',
    ];
    const [row] = await store.database.query<Record<string, unknown>>(sql, params);
    expect({ ...row, bytes: Array.from((row?.['bytes'] ?? []) as Uint8Array) }).toEqual({
      big: 2 ** 40,
      counted: 1,
      json: { a: [1.5] },
      texts,
      bytes: [0, 255],
      fraction: '2026-02-21T08:00:00.000120Z',
      whole: '2026-02-21T08:00:00Z',
      nothing: null,
    });
  });

  test('given values that a literal has to escape, when it is read, then they are the same on every database', async () => {
    const texts = ['a"b\\', '{x,y}', 'NULL', '', null, ' \n,', '\\"', '😀'];
    const sql =
      'SELECT to_jsonb($1::text[]) AS texts, to_jsonb($2::bigint[]) AS numbers, to_jsonb($3::boolean[]) AS claims';
    const params = [texts, [1, null, -(2 ** 40)], [true, false, null]].map(arrayLiteral);
    const [row] = await store.database.query(sql, params);
    expect(row).toEqual({ texts, numbers: [1, null, -(2 ** 40)], claims: [true, false, null] });
    expect(arrayLiteral([])).toBe('{}');
  });

  test('given work that throws, when run in a transaction, then nothing of it stays and the error is the same', async () => {
    await store.database.query('CREATE TABLE rolled_back (n int)');
    const failure = new Error('on purpose');
    const work = store.database.transaction(async (tx) => {
      await tx.query('INSERT INTO rolled_back VALUES (1)');
      throw failure;
    });
    await expect(work).rejects.toBe(failure);
    expect(await store.database.query('SELECT * FROM rolled_back')).toEqual([]);
  });

  test('given a transaction under way, when others query and transact, then neither sees nor joins it', async () => {
    await store.database.query('CREATE TABLE counted (n int)');
    const count = async () => (await store.database.query<{ n: number }>('SELECT count(*) AS n FROM counted'))[0]?.n;
    const seen: Promise<number | undefined>[] = [];
    const insertTwo = () =>
      store.database.transaction(async (tx) => {
        await tx.query('INSERT INTO counted VALUES (1)');
        seen.push(count());
        await tx.query('INSERT INTO counted VALUES (2)');
      });
    await Promise.all(Array.from({ length: 6 }, insertTwo));
    expect((await Promise.all(seen)).filter((n) => (n ?? 1) % 2 === 1)).toEqual([]);
    expect(await count()).toBe(12);
  });

  test.each([
    ['SELECT $1::jsonb', ['"\\u0000"'], 'refused'],
    ['SELECT $1::text', ['\u0000'], 'refused'],
    ["INSERT INTO agent_migrations (name) VALUES ('0002-history.sql')", [], 'conflict'],
    ['SELECT nonsense', [], 'bug'],
  ])('given %s with %j, when it fails, then the fault is %s', async (sql, params, fault) => {
    await expect(store.database.query(sql, params)).rejects.toMatchObject({ name: 'DatabaseError', fault });
  });

  test('given a failure that exhausts the stack, when queried, then it is an error and not an empty answer', async () => {
    const nested = '['.repeat(200_000) + ']'.repeat(200_000);
    await expect(store.database.query('SELECT $1::jsonb', [nested])).rejects.toBeInstanceOf(DatabaseError);
    expect(await store.database.query('SELECT 1 AS one')).toEqual([{ one: 1 }]);
  });

  test('given a long query, when it runs, then the event loop turns meanwhile', async () => {
    let isRunning = true;
    const query = store.database.query('SELECT count(*) FROM generate_series(1, 300000)').finally(() => {
      isRunning = false;
    });
    let turns = 0;
    for (; isRunning; turns += 1) await turn();
    await query;
    expect(turns).toBeGreaterThan(10);
  });
});

describeOnPostgres('an unreachable database', (kind) => {
  test('given a broken connection, when queried again, then the pool has replaced it', async () => {
    const created = await kind.create();
    const database = await openDatabase(created.options);
    const killed = database.query('SELECT pg_terminate_backend(pg_backend_pid())');
    await expect(killed).rejects.toMatchObject({ fault: 'unavailable', code: 'database_unavailable', retryable: true });
    const inTransaction = database.transaction((tx) => tx.query('SELECT pg_terminate_backend(pg_backend_pid())'));
    await expect(inTransaction).rejects.toMatchObject({ fault: 'unavailable' });
    expect(await database.query('SELECT 1 AS one')).toEqual([{ one: 1 }]);
    await database.close();
    await created.drop();
  });

  test('given a server that is not there, when opened, then the error says so', async () => {
    const opening = openDatabase({ kind: 'postgres', url: 'postgres://127.0.0.1:1/none' });
    await expect(opening).rejects.toMatchObject({ code: 'database_unavailable' });
  });

  test('given every error class of the driver, when judged, then it becomes a DatabaseError with its cause', () => {
    const cause = new pg.DatabaseError('gone', 0, 'error');
    cause.code = '57P01';
    expect(toDatabaseError(cause)).toMatchObject({ fault: 'unavailable', sqlState: '57P01', cause });
    expect(toDatabaseError('nonsense')).toBeInstanceOf(DatabaseError);
  });
});

/** The embedded database takes a second to open, ten where all cores are busy. */
const opensTwiceTimeoutMs = 120_000;

describe('the embedded database', () => {
  test(
    'given its thread dies, when used again, then what was committed is there and nothing else',
    async () => {
      const folder = await mkdtemp(join(tmpdir(), 'agentnet-pglite-'));
      const database = await openDatabase({ kind: 'pglite', dataDir: folder });
      await database.query('CREATE TABLE kept (n int)');
      await database.query('INSERT INTO kept VALUES (1)');
      const postMessage = vi.spyOn(Worker.prototype, 'postMessage');
      const cutOff = database.transaction(async (tx) => {
        await tx.query('INSERT INTO kept VALUES (2)');
        await (postMessage.mock.contexts[0] as Worker).terminate();
        await tx.query('INSERT INTO kept VALUES (3)');
      });
      await expect(cutOff).rejects.toMatchObject({ fault: 'unavailable' });
      expect(await database.query('SELECT n FROM kept')).toEqual([{ n: 1 }]);
      await database.close();
      await expect(database.query('SELECT 1')).rejects.toMatchObject({ code: 'database_unavailable' });
      await rm(folder, { recursive: true });
    },
    opensTwiceTimeoutMs,
  );
});
