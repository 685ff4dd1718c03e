import pg from 'pg';
import type { Database, Queryable, QueryOptions } from './database.js';
import { DatabaseError, toDatabaseError } from './database-error.js';

const poolSize = 8;
const connectTimeoutMs = 5000;
/** A pooler in between gives each statement another connection: the name is unknown there, or taken by another registry. */
const plansAreNotKept = ['26000', '42P05'];

/** A pool on a Postgres server. Connects at the first query, and again after an outage. */
export function openPostgres(url: string): Database {
  const pool = new pg.Pool({
    connectionString: url,
    max: poolSize,
    connectionTimeoutMillis: connectTimeoutMs,
    keepAlive: true,
    application_name: 'agentnet-registry',
    types: { getTypeParser: typeParser },
    // Every query here is short: compiling one takes longer than running it.
    onConnect: async (client) => {
      await client.query('SET jit = off');
    },
  });
  // An idle connection that breaks is replaced at the next query; without a listener it would end the process.
  pool.on('error', () => {});
  let keepsPlans = true;
  const query = async <Row>(
    sql: string,
    params?: readonly unknown[],
    { planName }: QueryOptions = {},
  ): Promise<Row[]> => {
    if (planName === undefined || !keepsPlans) return run<Row>(pool, sql, params);
    try {
      return await run<Row>(pool, sql, params, planName);
    } catch (cause) {
      if (!(cause instanceof DatabaseError) || !plansAreNotKept.includes(cause.sqlState ?? '')) throw cause;
      keepsPlans = false;
      return run<Row>(pool, sql, params);
    }
  };
  return {
    kind: 'postgres',
    query,
    transaction: (work) => transaction(pool, work),
    close: () => pool.end(),
  };
}

/** bigint as number: every bigint of the schema counts or measures, far below 2^53. Set per pool, other users of pg are unaffected. */
function typeParser(oid: number, format?: 'text' | 'binary'): (value: string) => unknown {
  if (oid === pg.types.builtins.INT8 && format !== 'binary') return Number;
  return pg.types.getTypeParser(oid, format as 'text') as (value: string) => unknown;
}

async function run<Row>(
  client: Pick<pg.Pool, 'query'>,
  sql: string,
  params?: readonly unknown[],
  planName?: string,
): Promise<Row[]> {
  try {
    const values = params as unknown[] | undefined;
    const result: pg.QueryResult | pg.QueryResult[] = await (planName === undefined
      ? client.query(sql, values)
      : client.query({ name: planName, text: sql, ...(values && { values }) }));
    const last = Array.isArray(result) ? result.at(-1) : result;
    return (last?.rows ?? []) as Row[];
  } catch (cause) {
    throw toDatabaseError(cause);
  }
}

async function transaction<T>(pool: pg.Pool, work: (tx: Queryable) => Promise<T>): Promise<T> {
  const client = await pool.connect().catch((cause: unknown) => {
    throw toDatabaseError(cause);
  });
  // The query under way reports a broken connection; the event would end the process.
  const ignore = () => {};
  client.on('error', ignore);
  let broken = false;
  try {
    await run(client, 'BEGIN');
    const result = await work({ query: (sql, params) => run(client, sql, params) });
    await run(client, 'COMMIT');
    return result;
  } catch (cause) {
    await run(client, 'ROLLBACK').catch(() => {
      broken = true;
    });
    throw cause;
  } finally {
    client.off('error', ignore);
    client.release(broken);
  }
}
