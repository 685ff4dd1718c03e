import { limits } from '@agentnet/protocol';
import type { TimePlace } from '../domain/page-cursor.js';
import { type Queryable, timestampText } from './database.js';
import { Statement } from './statement.js';

export interface ThreadRecord {
  readonly thread_id: string;
  readonly created_by_account_id: string | null;
  readonly participants: string[];
  readonly created_at: string;
  readonly updated_at: string;
  readonly message_count: number;
  readonly byte_count: number;
  readonly approx_tokens: number;
  readonly latest_checkpoint_end: number;
  readonly last_message_at: string;
}

const columns = `thread_id, created_by_account_id, participants, ${timestampText('created_at')} AS created_at,
  ${timestampText('updated_at')} AS updated_at, message_count, byte_count, approx_tokens, latest_checkpoint_end,
  ${timestampText('thread.last_message_at')} AS last_message_at`;

export async function findThread(db: Queryable, threadId: string): Promise<ThreadRecord | undefined> {
  const sql = `SELECT ${columns} FROM agent_threads AS thread WHERE thread_id = $1`;
  return (await db.query<ThreadRecord>(sql, [threadId], { planName: 'thread' }))[0];
}

export interface ThreadPage {
  readonly participant: string | null;
  /** Literal part of the thread id; ASCII letters match in either case. */
  readonly query: string;
  readonly before: TimePlace | undefined;
  readonly count: number;
}

/** Newest activity first. */
export async function listThreads(
  db: Queryable,
  { participant, query, before, count }: ThreadPage,
): Promise<ThreadRecord[]> {
  const { params, bind } = new Statement();
  const where: string[] = [];
  if (participant !== null) where.push(`participants @> ARRAY[${bind(participant)}::text]`);
  if (query !== '') where.push(`strpos(lower(thread_id), lower(${bind(query)} COLLATE "C")) > 0`);
  if (before) where.push(`(last_message_at, thread_id) < (${bind(before.time)}::timestamptz, ${bind(before.id)})`);
  // What a part of an id is looked for in stands in the index of the order: the threads themselves are read for the page alone.
  const sql = `
    SELECT ${columns} FROM (
      SELECT thread_id, last_message_at FROM agent_threads ${where.length > 0 ? `WHERE ${where.join(' AND ')}` : ''}
      ORDER BY last_message_at DESC, thread_id DESC LIMIT ${bind(count)}
    ) AS found JOIN agent_threads AS thread USING (thread_id)
    ORDER BY thread.last_message_at DESC, thread_id DESC`;
  return db.query<ThreadRecord>(sql, params);
}

/**
 * Takes one batch of threads off the record that recorded nothing since `cutoffMs`; their messages follow with `eraseMessages`. Decided
 * by receive time: no sender can keep a thread for ever, or have it deleted early. `last_message_at` is never later and only lends its
 * index.
 *
 * @returns how many threads went; `limits.threadPruneBatch` when more may be waiting
 */
export async function pruneThreads(db: Queryable, cutoffMs: number): Promise<number> {
  const sql = `
    WITH old AS (
      SELECT thread_id FROM agent_threads WHERE last_message_at < $1::timestamptz AND updated_at < $1::timestamptz
      ORDER BY last_message_at LIMIT $2 FOR UPDATE SKIP LOCKED
    ), threads AS (
      DELETE FROM agent_threads USING old WHERE agent_threads.thread_id = old.thread_id RETURNING agent_threads.thread_id
    ), erasures AS (
      INSERT INTO agent_thread_erasures (thread_id, received_before) SELECT thread_id, $1::timestamptz FROM threads
      ON CONFLICT (thread_id) DO UPDATE SET received_before = excluded.received_before
    )
    SELECT count(*) AS pruned FROM threads`;
  const [row] = await db.query<{ pruned: number }>(sql, [new Date(cutoffMs).toISOString(), limits.threadPruneBatch]);
  return row?.pruned ?? 0;
}

/**
 * Deletes one batch of messages of threads that were pruned. A thread may have a million of them: deleted at once they would hold locks
 * and keep the transaction's snapshot for minutes.
 *
 * @returns how many messages went; `limits.messagePruneBatch` when more may be waiting
 */
export async function eraseMessages(db: Queryable): Promise<number> {
  const sql = `
    WITH doomed AS (
      SELECT message.message_id FROM agent_thread_erasures AS erasure CROSS JOIN LATERAL (
        SELECT message_id FROM agent_messages
        WHERE thread_id = erasure.thread_id AND received_at < erasure.received_before LIMIT $1
      ) AS message LIMIT $1
    ), gone AS (
      DELETE FROM agent_messages USING doomed WHERE agent_messages.message_id = doomed.message_id RETURNING 1
    )
    SELECT count(*) AS erased FROM gone`;
  const [row] = await db.query<{ erased: number }>(sql, [limits.messagePruneBatch]);
  const erased = row?.erased ?? 0;
  if (erased < limits.messagePruneBatch) await db.query('DELETE FROM agent_thread_erasures');
  return erased;
}
