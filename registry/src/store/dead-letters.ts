import { limits } from '@agentnet/protocol';
import { type Queryable, timestampText } from './database.js';

export type DeadLetterReason = 'undecodable' | 'not_an_object' | 'invalid' | 'too_large' | 'database_refused';

/** A captured body that could not be recorded, kept as it came. */
export interface DeadLetter {
  /** The same for every delivery of one captured message. */
  readonly dead_letter_id: string;
  readonly subject: string;
  readonly body: Uint8Array;
  readonly reason: DeadLetterReason;
  readonly detail: string;
  readonly received_at: string;
}

export interface KeptDeadLetter extends DeadLetter {
  /** Size as it came; the body is cut at `messageMaxBytes`. */
  readonly body_bytes: number;
  readonly attempts: number;
  readonly last_tried_at: string | null;
}

/**
 * Keeps letters as long as there are fewer than `deadLettersMax`; a flood of poison must not fill the disk.
 *
 * @returns the ids of those that are new, and how many there was no room for
 */
export async function keepDeadLetters(
  db: Queryable,
  letters: readonly DeadLetter[],
): Promise<{ kept: string[]; refused: number }> {
  const sql = `
    WITH incoming AS (
      SELECT letter.* FROM unnest($1::text[], $2::text[], $3::text[], $4::integer[], $5::text[], $6::text[], $7::timestamptz[])
        WITH ORDINALITY AS letter(dead_letter_id, subject, body, body_bytes, reason, detail, received_at, place)
      WHERE NOT EXISTS (SELECT 1 FROM agent_dead_letters AS known WHERE known.dead_letter_id = letter.dead_letter_id)
    ), kept AS (
      INSERT INTO agent_dead_letters (dead_letter_id, subject, body, body_bytes, reason, detail, received_at)
      SELECT dead_letter_id, subject, decode(body, 'hex'), body_bytes, reason, detail, received_at FROM incoming ORDER BY place
      LIMIT (SELECT greatest($8 - count(*), 0) FROM agent_dead_letters)
      ON CONFLICT (dead_letter_id) DO NOTHING RETURNING dead_letter_id
    )
    SELECT ARRAY(SELECT dead_letter_id FROM kept) AS kept, (SELECT count(*) FROM incoming) - (SELECT count(*) FROM kept) AS refused`;
  const params = [
    letters.map((letter) => letter.dead_letter_id),
    letters.map((letter) => letter.subject),
    letters.map((letter) => Buffer.from(letter.body.subarray(0, limits.messageMaxBytes)).toString('hex')),
    letters.map((letter) => letter.body.length),
    letters.map((letter) => letter.reason),
    letters.map((letter) => storable(letter.detail)),
    letters.map((letter) => letter.received_at),
    limits.deadLettersMax,
  ];
  const [row] = await db.query<{ kept: string[]; refused: number }>(sql, params);
  return row ?? { kept: [], refused: 0 };
}

export async function countDeadLetters(db: Queryable): Promise<number> {
  const [row] = await db.query<{ count: number }>('SELECT count(*) AS count FROM agent_dead_letters');
  return row?.count ?? 0;
}

/** Oldest first, one page of those after `afterId`; only `ids` when given. */
export async function listDeadLetters(
  db: Queryable,
  { afterId, ids, count }: { afterId?: string | undefined; ids?: readonly string[] | undefined; count: number },
): Promise<KeptDeadLetter[]> {
  const sql = `
    SELECT dead_letter_id, subject, body, coalesce(body_bytes, octet_length(body)) AS body_bytes, reason, detail, attempts,
      ${timestampText('received_at')} AS received_at, ${timestampText('last_tried_at')} AS last_tried_at
    FROM agent_dead_letters WHERE dead_letter_id > $1 AND ($2::text[] IS NULL OR dead_letter_id = ANY ($2::text[]))
    ORDER BY dead_letter_id LIMIT $3`;
  return db.query<KeptDeadLetter>(sql, [afterId ?? '', ids ?? null, count]);
}

export async function discardDeadLetters(db: Queryable, ids: readonly string[] | undefined): Promise<number> {
  const sql = `
    WITH gone AS (DELETE FROM agent_dead_letters WHERE $1::text[] IS NULL OR dead_letter_id = ANY ($1::text[]) RETURNING 1)
    SELECT count(*) AS discarded FROM gone`;
  const [row] = await db.query<{ discarded: number }>(sql, [ids ?? null]);
  return row?.discarded ?? 0;
}

/** Puts on record that a letter was tried once more and why it failed. */
export async function keepFailedAttempt(
  db: Queryable,
  letter: Pick<DeadLetter, 'dead_letter_id' | 'reason' | 'detail'>,
  nowMs: number,
): Promise<void> {
  const sql = `
    UPDATE agent_dead_letters SET attempts = attempts + 1, reason = $2, detail = $3, last_tried_at = $4::timestamptz
    WHERE dead_letter_id = $1`;
  const { dead_letter_id, reason, detail } = letter;
  await db.query(sql, [dead_letter_id, reason, storable(detail), new Date(nowMs).toISOString()]);
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
