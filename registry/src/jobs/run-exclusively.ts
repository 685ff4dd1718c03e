import type { Database, Queryable } from '../store/database.js';

/**
 * Runs `work` in one transaction unless another registry is running the same job on this database.
 *
 * @returns what `work` returned; undefined when another registry has the job
 */
export async function runExclusively<T>(
  database: Database,
  job: string,
  work: (tx: Queryable) => Promise<T>,
): Promise<T | undefined> {
  return database.transaction(async (tx) => {
    const [lock] = await tx.query<{ held: boolean }>(
      `SELECT pg_try_advisory_xact_lock(hashtext('agentnet.job'), hashtext($1::text)) AS held`,
      [job],
    );
    return lock?.held ? work(tx) : undefined;
  });
}
