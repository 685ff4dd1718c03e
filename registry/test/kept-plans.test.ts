import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Database, openDatabase } from '../src/store/database.js';
import { describeOnEachDatabase, describeOnPostgres, type TestDatabase } from './harness/databases.js';

const planName = 'counted';
const sql = 'SELECT $1::int + 1 AS next';

function useDatabase(create: () => Promise<TestDatabase>): { database: Database } {
  const used = {} as { database: Database };
  let made: TestDatabase;
  beforeAll(async () => {
    made = await create();
    used.database = await openDatabase(made.options);
  });
  afterAll(async () => {
    await used.database.close();
    await made.drop();
  });
  return used;
}

const counted = (database: Database, value: number) => database.query(sql, [value], { planName });
// One after the other, all statements take the same connection of the pool.
const keptIn = (database: Database) =>
  database.query<{ calls: number }>(
    'SELECT (generic_plans + custom_plans)::int AS calls FROM pg_prepared_statements WHERE name = $1',
    [planName],
  );

describeOnEachDatabase('a statement with a name', (kind) => {
  const used = useDatabase(() => kind.create());

  test('given several runs, when each has other values, then each has its own result', async () => {
    for (const value of [1, 2, 41]) expect(await counted(used.database, value)).toEqual([{ next: value + 1 }]);
    await expect(counted(used.database, Number.NaN)).rejects.toMatchObject({ fault: 'refused' });
    expect(await counted(used.database, 5)).toEqual([{ next: 6 }]);
  });

  test('given a transaction, when the statement runs in it, then as any other', async () => {
    const result = await used.database.transaction((tx) => tx.query(sql, [1], { planName }));
    expect(result).toEqual([{ next: 2 }]);
  });
});

describeOnPostgres('the plan of a statement with a name', (kind) => {
  const used = useDatabase(() => kind.create());

  test('given several runs, when the server is asked, then it has kept one plan for all', async () => {
    for (let value = 0; value < 10; value += 1) await counted(used.database, value);
    expect(await keptIn(used.database)).toEqual([{ calls: 10 }]);
  });

  test('given a pooler that takes the plan away, when the statement runs, then it succeeds, and no more plans are kept', async () => {
    await counted(used.database, 1);
    await used.database.query('DEALLOCATE ALL');
    for (let value = 0; value < 3; value += 1)
      expect(await counted(used.database, value)).toEqual([{ next: value + 1 }]);
    expect(await keptIn(used.database)).toEqual([]);
  });
});
