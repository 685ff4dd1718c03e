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
  const messages: MessageRow[] = [];
  let bytes = 0;
  for (const message of recorded.slice(0, limit)) {
    const row = toRow(message);
    bytes += encodeJson(row).length + 1;
    if (bytes > limits.replyBudgetBytes && messages.length > 0) break;
    messages.push(row);
  }
  const place = messages.length < recorded.length ? placeOf(recorded[messages.length - 1]) : lookedTo;
  return { messages, next_cursor: place ? encodeCursor(messageCursor, place) : null };
}

function placeOf(message: RecordedMessage | undefined): TimePlace | undefined {
  return message && { id: message.message_id, time: message.ordered_at };
}

function toRow({ payload_text, ordered_at: _, ...message }: RecordedMessage): MessageRow {
  const { status, code, accepted_at, processed_at, rejected_at, ...envelope } = message;
  return {
    ...envelope,
    payload: RawJson.of(payload_text),
    status: status ?? 'received',
    metadata: {},
    ...(code !== null && { code }),
    ...(accepted_at !== null && { accepted_at }),
    ...(processed_at !== null && { processed_at }),
    ...(rejected_at !== null && { rejected_at }),
  };
}
