import { decodeJson, formatInstant, limits, type Message, ProtocolError, parseInstant } from '@agentnet/protocol';
import { payloadText } from '../domain/payload-text.js';
import { findUnstorable } from '../domain/storable-json.js';
import { weighMessage } from '../domain/thread-accounting.js';
import { wordsOfPayload } from '../domain/words.js';
import type { DeadLetter } from '../store/dead-letters.js';
import type { NewMessage } from '../store/messages.js';
import type { NewReceipt } from '../store/receipts.js';
import type { Captured } from './captured.js';
import { receiptsOfReply } from './receipts-of-reply.js';

export type Reading =
  | {
      readonly kind: 'message';
      readonly message: NewMessage;
      /** What it says in the place of receipts. */
      readonly receipts: readonly NewReceipt[];
    }
  /** A message that is not recorded, for want of an id. */
  | { readonly kind: 'unrecorded' }
  | { readonly kind: 'dead'; readonly reason: DeadLetter['reason']; readonly detail: string };

/** Turns a captured body into the row that is written. Never throws. */
export function readCaptured(captured: Captured, charsPerToken: number): Reading {
  const { length } = captured.body;
  if (length > limits.messageMaxBytes) {
    return { kind: 'dead', reason: 'too_large', detail: `${length} bytes, the limit is ${limits.messageMaxBytes}` };
  }
  const decoded = decodeJson('Message', captured.body);
  if (!decoded.ok) return { kind: 'dead', reason: decoded.code, detail: decoded.detail };
  const id = decoded.value.message_id;
  if (!id) return { kind: 'unrecorded' };
  try {
    const message = toNewMessage({ ...decoded, id }, captured, charsPerToken);
    return { kind: 'message', message, receipts: receiptsOfReply(decoded.value, captured.receivedAt) };
  } catch (cause) {
    if (!(cause instanceof ProtocolError)) throw cause;
    return { kind: 'dead', reason: 'invalid', detail: cause.message };
  }
}

interface Identified {
  readonly id: string;
  readonly value: Message;
  readonly text: string;
}

function toNewMessage({ id, value, text }: Identified, captured: Captured, charsPerToken: number): NewMessage {
  const payload = value.payload ?? null;
  const payload_text = payloadText(text, value.payload);
  const weight = weighMessage(payload, payload_text, charsPerToken);
  return {
    message_id: id,
    thread_id: value.thread_id || `thread_${(value.trace_id || id).toLowerCase()}`,
    parent_message_id: value.parent_message_id || null,
    from_agent: value.from_agent || null,
    from_account_id: value.from_account_id || null,
    from_session_tag: value.from_session_tag || null,
    to_agent: value.to_agent ?? '',
    to_account_id: value.to_account_id || null,
    kind: value.kind || 'direct',
    schema_version: String(value.schema_version || '1.0'),
    idempotency_key: value.idempotency_key || null,
    trace_id: value.trace_id || null,
    payload_text,
    payload_storable: isStorable(payload_text, value),
    words: wordsOfPayload(payload).join(' '),
    sent_at: normalised(value.sent_at) ?? captured.receivedAt,
    received_at: captured.receivedAt,
    ttl_ms: value.ttl_ms == null ? null : clampToInteger(value.ttl_ms),
    expires_at: normalised(value.expires_at) ?? null,
    subject: captured.subject,
    byte_count: weight.byteCount,
    approx_tokens: weight.approxTokens,
    checkpoint_end: weight.checkpointEnd,
  };
}

/** Escapes, long digit runs and large exponents are what jsonb can refuse; only a text with one of them is looked at closely. */
function isStorable(text: string, { payload }: Message): boolean {
  const isSuspicious = /\\u|[eE][+-]?[0-9]{3}|[0-9]{300}/.test(text);
  if (!isSuspicious) return true;
  return !/[eE][+-]?[0-9]{5}/.test(text) && findUnstorable(payload ?? null) === undefined;
}

/** What every database reads as it stands. */
const plainInstant = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,6})?Z$/;

function normalised(text: string | null | undefined): string | undefined {
  const instant = text ? parseInstant(text.trim()) : undefined;
  if (!text || !instant) return undefined;
  return plainInstant.test(text) ? text : formatInstant(instant);
}

function clampToInteger(value: number): number {
  return Math.min(Math.max(value, Number.MIN_SAFE_INTEGER), Number.MAX_SAFE_INTEGER);
}
