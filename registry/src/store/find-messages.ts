import { limits } from '@agentnet/protocol';
import type { RecordedMessage } from '../domain/message-page.js';
import type { TimePlace } from '../domain/page-cursor.js';
import { type Queryable, timestampText } from './database.js';

export interface MessageFilters {
  readonly thread_id?: string | null;
  readonly from_account_id?: string | null;
  readonly to_account_id?: string | null;
  readonly kind?: string | null;
  /** Inclusive bounds of `sent_at`. */
  readonly from_ts?: string | null;
  readonly to_ts?: string | null;
}

export interface MessagePage {
  readonly filters: MessageFilters;
  /** The row before the first wanted one. */
  readonly before: TimePlace | undefined;
  readonly count: number;
}

const conditions: Record<keyof MessageFilters, (param: string) => string> = {
  thread_id: (param) => `thread_id = ${param}`,
  from_account_id: (param) => `from_account_id = ${param}`,
  to_account_id: (param) => `to_account_id = ${param}`,
  kind: (param) => `kind = ${param}`,
  from_ts: (param) => `sent_at >= ${param}::timestamptz`,
  // ordered_at is never later than sent_at; naming it lets the time index end the walk.
  to_ts: (param) => `sent_at <= ${param}::timestamptz AND ordered_at <= ${param}::timestamptz`,
};

/**
 * Newest first by (`ordered_at`, `message_id`). Ends early, after the row that fills one reply, so that a page of large payloads
 * does not travel from the database in vain.
 */
export async function findMessages(db: Queryable, { filters, before, count }: MessagePage): Promise<RecordedMessage[]> {
  const params: unknown[] = [count, limits.replyBudgetBytes];
  const bind = (value: unknown) => `$${params.push(value)}`;
  const where = Object.entries(filters)
    .filter(([, value]) => value != null)
    .map(([filter, value]) => conditions[filter as keyof MessageFilters](bind(value)));
  if (before) where.push(`(ordered_at, message_id) < (${bind(before.time)}::timestamptz, ${bind(before.id)})`);
  const sql = `
    WITH page AS (
      SELECT * FROM agent_messages ${where.length > 0 ? `WHERE ${where.join(' AND ')}` : ''}
      ORDER BY ordered_at DESC, message_id DESC LIMIT $1
    ), measured AS (
      SELECT page.*, sum(octet_length(payload_text)) OVER (ORDER BY ordered_at DESC, message_id DESC ROWS UNBOUNDED PRECEDING)
        - octet_length(payload_text) AS bytes_before
      FROM page
    )
    SELECT message_id, thread_id, parent_message_id, from_account_id, to_account_id, from_session_tag, to_agent, kind,
      schema_version, idempotency_key, trace_id, payload_text, ${timestampText('sent_at')} AS sent_at,
      ${timestampText('received_at')} AS received_at, ${timestampText('measured.ordered_at')} AS ordered_at
    FROM measured WHERE bytes_before <= $2 ORDER BY measured.ordered_at DESC, message_id DESC`;
  return db.query<RecordedMessage>(sql, params);
}
