import { arrayLiteral } from './array-literal.js';
import type { Queryable } from './database.js';

/** One message as it is written; wire spelling, instants as text. */
export interface NewMessage {
  readonly message_id: string;
  readonly thread_id: string;
  readonly parent_message_id: string | null;
  readonly from_agent: string | null;
  readonly from_account_id: string | null;
  readonly from_session_tag: string | null;
  readonly to_agent: string;
  readonly to_account_id: string | null;
  readonly kind: string;
  readonly schema_version: string;
  readonly idempotency_key: string | null;
  readonly trace_id: string | null;
  readonly payload_text: string;
  /** Whether jsonb takes the payload. */
  readonly payload_storable: boolean;
  /** Separated by spaces. */
  readonly words: string;
  readonly sent_at: string;
  readonly received_at: string;
  readonly ttl_ms: number | null;
  readonly expires_at: string | null;
  readonly subject: string;
  readonly byte_count: number;
  readonly approx_tokens: number;
  readonly checkpoint_end: number;
}

const columnTypes = {
  message_id: 'text',
  thread_id: 'text',
  parent_message_id: 'text',
  from_agent: 'text',
  from_account_id: 'text',
  from_session_tag: 'text',
  to_agent: 'text',
  to_account_id: 'text',
  kind: 'text',
  schema_version: 'text',
  idempotency_key: 'text',
  trace_id: 'text',
  payload_text: 'text',
  payload_storable: 'boolean',
  words: 'text',
  sent_at: 'timestamptz',
  received_at: 'timestamptz',
  ttl_ms: 'bigint',
  expires_at: 'timestamptz',
  subject: 'text',
  byte_count: 'bigint',
  approx_tokens: 'bigint',
  checkpoint_end: 'bigint',
} satisfies Record<keyof NewMessage, string>;

const columns = Object.keys(columnTypes) as (keyof NewMessage)[];
const arrays = Object.values(columnTypes).map((type, index) => `$${index + 1}::${type}[]`);

/**
 * One statement, so that a message and its count are written together or not at all. Both inserts are sorted: registries that
 * write the same rows side by side take their locks in the same order.
 */
const insertSql = `
  WITH incoming AS (
    SELECT * FROM unnest(${arrays.join(', ')}) WITH ORDINALITY AS t(${columns.join(', ')}, place)
  ), recorded AS (
    INSERT INTO agent_messages (message_id, thread_id, parent_message_id, from_agent, from_account_id, from_session_tag, to_agent,
      to_account_id, kind, schema_version, idempotency_key, trace_id, payload_text, payload, words, sent_at, received_at,
      ordered_at, ttl_ms, expires_at, subject)
    SELECT message_id, thread_id, parent_message_id, from_agent, from_account_id, from_session_tag, to_agent,
      to_account_id, kind, schema_version, idempotency_key, trace_id, payload_text,
      CASE WHEN payload_storable THEN payload_text::jsonb END, array_to_tsvector(string_to_array(words, ' ')), sent_at,
      received_at, least(sent_at, received_at),
      ttl_ms, expires_at, subject
    FROM incoming ORDER BY message_id COLLATE "C"
    ON CONFLICT (message_id) DO NOTHING
    RETURNING message_id, ordered_at
  ), counted AS (
    SELECT incoming.*, recorded.ordered_at FROM recorded JOIN incoming USING (message_id)
  ), totals AS (
    SELECT thread_id, count(*) AS message_count, sum(byte_count)::bigint AS byte_count,
      sum(approx_tokens)::bigint AS approx_tokens, max(checkpoint_end) AS checkpoint_end,
      (array_agg(from_account_id ORDER BY place))[1] AS first_sender,
      min(received_at) AS first_at, max(received_at) AS last_at, max(ordered_at) AS last_message_at
    FROM counted GROUP BY thread_id
  ), people AS (
    SELECT thread_id, array_agg(DISTINCT account_id COLLATE "C" ORDER BY account_id COLLATE "C") AS participants
    FROM counted CROSS JOIN LATERAL (VALUES (from_account_id), (to_account_id)) AS both_ends(account_id)
    WHERE account_id IS NOT NULL GROUP BY thread_id
  ), threads AS (
    INSERT INTO agent_threads AS thread (thread_id, created_by_account_id, participants, created_at, updated_at, message_count,
      byte_count, approx_tokens, latest_checkpoint_end, last_message_at)
    SELECT thread_id, first_sender, coalesce(participants, '{}'), first_at, last_at, message_count,
      byte_count, approx_tokens, checkpoint_end, last_message_at
    FROM totals LEFT JOIN people USING (thread_id) ORDER BY thread_id COLLATE "C"
    ON CONFLICT (thread_id) DO UPDATE SET
      participants = CASE WHEN excluded.participants <@ thread.participants THEN thread.participants ELSE
        ARRAY(SELECT DISTINCT p COLLATE "C" FROM unnest(thread.participants || excluded.participants) AS p ORDER BY 1) END,
      updated_at = greatest(thread.updated_at, excluded.updated_at),
      message_count = thread.message_count + excluded.message_count,
      byte_count = thread.byte_count + excluded.byte_count,
      approx_tokens = thread.approx_tokens + excluded.approx_tokens,
      latest_checkpoint_end = greatest(thread.latest_checkpoint_end, excluded.latest_checkpoint_end),
      last_message_at = greatest(thread.last_message_at, excluded.last_message_at)
  )
  SELECT count(*) AS recorded FROM recorded`;

/** Messages as the statement takes them. Made ahead, so that the database does not wait for it. */
export interface MessageRows {
  readonly params: readonly string[];
}

/** Of several messages with one id the first stays. */
export function messageRows(messages: readonly NewMessage[]): MessageRows {
  const firstOfEachId = new Map<string, NewMessage>();
  for (const message of messages)
    if (!firstOfEachId.has(message.message_id)) firstOfEachId.set(message.message_id, message);
  const distinct = [...firstOfEachId.values()];
  return { params: columns.map((column) => arrayLiteral(distinct.map((message) => message[column]))) };
}

/**
 * Records messages and counts them in their threads. Of several with one id, here or on record, the first stays and the others
 * change nothing.
 *
 * @returns how many were new
 */
export async function recordMessages(db: Queryable, messages: readonly NewMessage[]): Promise<number> {
  return recordRows(db, messageRows(messages));
}

/** The same for rows that were made ahead. */
export async function recordRows(db: Queryable, { params }: MessageRows): Promise<number> {
  const [row] = await db.query<{ recorded: number }>(insertSql, params, { planName: 'record_messages' });
  return row?.recorded ?? 0;
}
