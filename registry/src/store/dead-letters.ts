import type { Queryable } from './database.js';

/** A captured body that could not be recorded, kept as it came. */
export interface DeadLetter {
  /** The same for every delivery of one captured message. */
  readonly dead_letter_id: string;
  readonly subject: string;
  readonly body: Uint8Array;
  readonly reason: 'undecodable' | 'not_an_object' | 'invalid' | 'too_large' | 'database_refused';
  readonly detail: string;
  readonly received_at: string;
}

/** @returns whether it is new */
export async function keepDeadLetter(db: Queryable, letter: DeadLetter): Promise<boolean> {
  const sql = `
    INSERT INTO agent_dead_letters (dead_letter_id, subject, body, reason, detail, received_at)
    VALUES ($1, $2, $3, $4, $5, $6::timestamptz) ON CONFLICT (dead_letter_id) DO NOTHING RETURNING 1 AS kept`;
  const { dead_letter_id, subject, body, reason, detail, received_at } = letter;
  const rows = await db.query(sql, [dead_letter_id, subject, body, reason, storable(detail), received_at]);
  return rows.length === 1;
}

export async function pruneDeadLetters(db: Queryable, cutoffMs: number): Promise<number> {
  const sql = `
    WITH gone AS (DELETE FROM agent_dead_letters WHERE received_at < $1::timestamptz RETURNING 1)
    SELECT count(*) AS pruned FROM gone`;
  const [row] = await db.query<{ pruned: number }>(sql, [new Date(cutoffMs).toISOString()]);
  return row?.pruned ?? 0;
}

/** A detail may quote the very text that no column takes. */
function storable(detail: string): string {
  return detail.replaceAll('\u0000', '\ufffd').replace(/\p{Surrogate}/gu, '\ufffd');
}
