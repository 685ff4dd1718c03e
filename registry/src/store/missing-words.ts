import type { Queryable } from './database.js';

/** Messages without words that are given theirs in one statement. */
export const wordsBatch = 500;

/**
 * Finds the words of messages that an older registry recorded. Cheap when there are none: their index is empty then.
 *
 * @returns how many messages got their words; `wordsBatch` when more may be waiting
 */
export async function addMissingWords(db: Queryable, wordsOf: (payloadText: string) => string[]): Promise<number> {
  const rows = await db.query<{ message_id: string; payload_text: string }>(
    `SELECT message_id, payload_text FROM agent_messages WHERE words IS NULL ORDER BY message_id LIMIT $1
     FOR UPDATE SKIP LOCKED`,
    [wordsBatch],
  );
  if (rows.length === 0) return 0;
  await db.query(
    `UPDATE agent_messages SET words = array_to_tsvector(string_to_array(found.words, ' '))
     FROM unnest($1::text[], $2::text[]) AS found(message_id, words)
     WHERE agent_messages.message_id = found.message_id`,
    [rows.map((row) => row.message_id), rows.map((row) => wordsOf(row.payload_text).join(' '))],
  );
  return rows.length;
}
