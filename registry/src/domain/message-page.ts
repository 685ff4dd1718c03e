import { encodeJson, limits, type MessageRow, RawJson } from '@agentnet/protocol';
import { encodeCursor, messageCursor, type TimePlace } from './page-cursor.js';

/** One message as a query returns it; `payload_text` is its JSON as sent. */
export interface RecordedMessage {
  readonly message_id: string;
  readonly thread_id: string;
  readonly parent_message_id: string | null;
  readonly from_account_id: string | null;
  readonly to_account_id: string | null;
  readonly from_session_tag: string | null;
  readonly to_agent: string;
  readonly kind: string;
  readonly schema_version: string;
  readonly idempotency_key: string | null;
  readonly trace_id: string | null;
  readonly from_agent: string | null;
  readonly ttl_ms: number | null;
  readonly expires_at: string | null;
  /** What its receiver reported; all null when it has not. */
  readonly status: string | null;
  readonly code: string | null;
  readonly accepted_at: string | null;
  readonly processed_at: string | null;
  readonly rejected_at: string | null;
  readonly payload_text: string;
  readonly sent_at: string;
  readonly received_at: string;
  readonly ordered_at: string;
}

export interface MessagePageReply {
  readonly messages: MessageRow[];
  /** Null on the last page. */
  readonly next_cursor: string | null;
}

export interface FoundMessages {
  readonly messages: readonly RecordedMessage[];
  /** The last message that was looked at, when older ones were not. */
  readonly lookedTo?: TimePlace;
}

/**
 * Cuts found messages to one reply: at most `limit` rows and what fits one NATS message. Callers read one row more than
 * `limit`, so that the last page is known.
 */
export function messagePage({ messages: recorded, lookedTo }: FoundMessages, limit: number): MessagePageReply {
  const rows = recorded.slice(0, limit).map(toRow);
  const messages =
    rows.reduce((sum, row) => sum + mostBytesOf(row), 0) <= limits.replyBudgetBytes ? rows : fitting(rows);
  const place = messages.length < recorded.length ? placeOf(recorded[messages.length - 1]) : lookedTo;
  return { messages, next_cursor: place ? encodeCursor(messageCursor, place) : null };
}

/** At least the first: it is no larger than the message was. */
function fitting(rows: readonly MessageRow[]): MessageRow[] {
  let bytes = 0;
  const tooMuch = rows.findIndex((row, index) => {
    bytes += encodeJson(row).length + 1;
    return bytes > limits.replyBudgetBytes && index > 0;
  });
  return tooMuch < 0 ? [...rows] : rows.slice(0, tooMuch);
}

/** The names of all fields, and numbers. */
const framingBytes = 1024;
/** A control character is written as six. */
const mostBytesOfUnit = 6;

/** Much less work than writing the row, which most pages need not know exactly. */
function mostBytesOf(row: MessageRow): number {
  let units = 0;
  for (const value of Object.values(row)) {
    if (typeof value === 'string') units += value.length;
    else if (value instanceof RawJson) units += value.text.length;
  }
  return framingBytes + units * mostBytesOfUnit;
}

function placeOf(message: RecordedMessage | undefined): TimePlace | undefined {
  return message && { id: message.message_id, time: message.ordered_at };
}

/** Field by field: copying what is left of an object takes ten times as long, and a page has up to `messagesLimitMax` rows. */
function toRow(message: RecordedMessage): MessageRow {
  const row: MessageRow = {
    message_id: message.message_id,
    thread_id: message.thread_id,
    parent_message_id: message.parent_message_id,
    from_account_id: message.from_account_id,
    to_account_id: message.to_account_id,
    from_session_tag: message.from_session_tag,
    to_agent: message.to_agent,
    kind: message.kind,
    schema_version: message.schema_version,
    idempotency_key: message.idempotency_key,
    trace_id: message.trace_id,
    from_agent: message.from_agent,
    ttl_ms: message.ttl_ms,
    sent_at: message.sent_at,
    received_at: message.received_at,
    expires_at: message.expires_at,
    payload: RawJson.of(message.payload_text),
    status: message.status ?? 'received',
    metadata: {},
  };
  if (message.code !== null) row.code = message.code;
  if (message.accepted_at !== null) row.accepted_at = message.accepted_at;
  if (message.processed_at !== null) row.processed_at = message.processed_at;
  if (message.rejected_at !== null) row.rejected_at = message.rejected_at;
  return row;
}
