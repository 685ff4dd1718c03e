import { limits } from '@agentnet/protocol';
import type { RecordedMessage } from '../domain/message-page.js';
import type { TimePlace } from '../domain/page-cursor.js';
import { type Queryable, timestampText } from './database.js';
import { newestRows } from './newest-messages.js';
import { deliveryJoin } from './receipts.js';

export interface MessageFilters {
  readonly thread_id?: string | null;
  readonly from_account_id?: string | null;
  readonly to_account_id?: string | null;
  readonly kind?: string | null;
  readonly trace_id?: string | null;
  /** Inclusive bounds of `sent_at`. */
  readonly from_ts?: string | null;
  readonly to_ts?: string | null;
  /** Inclusive bounds of `received_at`. */
  readonly received_from_ts?: string | null;
  readonly received_to_ts?: string | null;
}

export const deliveryStatuses = ['received', 'accepted', 'processed', 'rejected'] as const;
export type DeliveryStatus = (typeof deliveryStatuses)[number];

export interface MessagePage {
  readonly filters: MessageFilters;
  /** Only messages from or to this account. */
  readonly participant?: string | null;
  /** Only messages with all of these words, each as `wordsOf` makes them; empty is no filter. */
  readonly words?: readonly string[];
  /** What the receiver reported, `received` for nothing. */
  readonly status?: DeliveryStatus | null;
  /** The row before the first wanted one. */
  readonly before: TimePlace | undefined;
  readonly count: number;
}

// ordered_at is never later than sent_at or received_at; naming it lets the time indexes begin the walk at an upper bound.
const conditions: Record<keyof MessageFilters, (param: string) => string> = {
  thread_id: (param) => `thread_id = ${param}`,
  from_account_id: (param) => `from_account_id = ${param}`,
  to_account_id: (param) => `to_account_id = ${param}`,
  kind: (param) => `kind = ${param}`,
  trace_id: (param) => `trace_id = ${param}`,
  from_ts: (param) => `sent_at >= ${param}::timestamptz`,
  to_ts: (param) => `sent_at <= ${param}::timestamptz AND ordered_at <= ${param}::timestamptz`,
  received_from_ts: (param) => `received_at >= ${param}::timestamptz`,
  received_to_ts: (param) => `received_at <= ${param}::timestamptz AND ordered_at <= ${param}::timestamptz`,
};

/** Newest first by (`ordered_at`, `message_id`). */
export async function findMessages(db: Queryable, page: MessagePage): Promise<RecordedMessage[]> {
  const { filters, participant, words = [], status, before, count } = page;
  const params: unknown[] = [count, limits.replyBudgetBytes];
  const bind = (value: unknown) => `$${params.push(value)}`;
  const where = Object.entries(filters)
    .filter(([, value]) => value != null)
    .map(([filter, value]) => conditions[filter as keyof MessageFilters](bind(value)));
  if (before) where.push(`(ordered_at, message_id) < (${bind(before.time)}::timestamptz, ${bind(before.id)})`);
  const attempts = newestRows({
    where,
    participant: participant ? bind(participant) : undefined,
    words: words.length > 0 ? bind(words.map((word) => `'${word}'`).join(' & ')) : undefined,
    // Written out, so that the planner sees which statuses have an index.
    status: status ? `'${status}'` : undefined,
    count: '$1',
  });
  let found: RecordedMessage[] = [];
  for (const rows of attempts) {
    found = await db.query<RecordedMessage>(pageSql(rows), params);
    if (isFull(found, count)) break;
  }
  return found;
}

/** Ends early, after the row that fills one reply, so that a page of large payloads does not travel from the database in vain. */
function pageSql(rows: string): string {
  return `
    WITH page AS (${rows}), measured AS (
      SELECT page.*, sum(octet_length(payload_text)) OVER (ORDER BY ordered_at DESC, message_id DESC ROWS UNBOUNDED PRECEDING)
        - octet_length(payload_text) AS bytes_before
      FROM page
    )
    SELECT message_id, thread_id, parent_message_id, from_account_id, to_account_id, from_session_tag, to_agent, kind,
      schema_version, idempotency_key, trace_id, from_agent, ttl_ms, payload_text, ${timestampText('sent_at')} AS sent_at,
      ${timestampText('received_at')} AS received_at, ${timestampText('message.ordered_at')} AS ordered_at,
      ${timestampText('expires_at')} AS expires_at,
      delivery.status, delivery.code, delivery.accepted_at, delivery.processed_at, delivery.rejected_at
    FROM measured AS message ${deliveryJoin} WHERE bytes_before <= $2 ORDER BY message.ordered_at DESC, message_id DESC`;
}

function isFull(rows: readonly RecordedMessage[], count: number): boolean {
  if (rows.length === count) return true;
  const bytes = rows.reduce((sum, { payload_text }) => sum + Buffer.byteLength(payload_text), 0);
  return bytes > limits.replyBudgetBytes;
}
