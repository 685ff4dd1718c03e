import { decodeJson, is, type Message, matchSubject, type SentMessage } from '@agentnet/protocol';
import type { NatsMessage } from '../connection/nats-transport.js';
import { type ReceivedMessage, toReceivedMessage } from '../received-message.js';
import { readStreamEvent, type StreamEvent } from '../streams/stream-event.js';
import { expiryOf } from './expiry.js';
import type { Incoming } from './inbox.js';
import { type Refusal, refusalOf } from './refusal.js';

/** A body that was read, or what could be saved of one that breaks the schema. */
export type Decoded = { incoming: Incoming } | { refusal: Refusal; message: ReceivedMessage };

const malformed = refusalOf('bad_message');
const tooLarge = refusalOf('payload_too_large');
const lenient = new TextDecoder();
const withReply: SentMessage['receipts'] = 'with_reply';

/** Reads one body. Only a NATS reply subject that is an inbox counts as `reply_to`. */
export function decodeMessage(raw: NatsMessage, maxBytes: number): Decoded {
  const { body, reply } = raw;
  const replyTo = reply !== undefined && matchSubject.plainInbox(reply) ? reply : undefined;
  if (body.length > maxBytes) return { refusal: tooLarge, message: salvage(body, replyTo) };
  const decoded = decodeJson('Message', body);
  if (!decoded.ok) return { refusal: malformed, message: salvage(body, replyTo) };
  const message = toReceivedMessage(decoded.value, replyTo);
  const event = eventOf(message);
  const wantsReceiptsWithReply = decoded.value.receipts === withReply && canHaveReceiptsWithReply(message) && !event;
  return {
    incoming: { message, text: decoded.text, raw, expiresAtMs: expiryOf(message), event, wantsReceiptsWithReply },
  };
}

function canHaveReceiptsWithReply({ message_id, from_account_id, reply_to }: ReceivedMessage): boolean {
  return message_id !== '' && from_account_id !== undefined && reply_to !== undefined;
}

function eventOf({ kind, payload }: ReceivedMessage): StreamEvent | undefined {
  return kind === 'stream' ? readStreamEvent(payload) : undefined;
}

/** The ids that a refusal needs, each only if it is well formed by itself. Without a message id nobody could place a receipt. */
function salvage(body: Uint8Array, replyTo: string | undefined): ReceivedMessage {
  const { message_id, from_account_id, from_agent, trace_id, thread_id, parent_message_id } = looseFields(body);
  const saved: Message = {};
  if (is('IdText', message_id)) saved.message_id = message_id;
  if (is('IdText', message_id) && message_id !== '' && is('AccountId', from_account_id))
    saved.from_account_id = from_account_id;
  if (is('Label', from_agent)) saved.from_agent = from_agent;
  if (is('IdText', trace_id)) saved.trace_id = trace_id;
  if (is('IdText', thread_id)) saved.thread_id = thread_id;
  if (is('IdText', parent_message_id)) saved.parent_message_id = parent_message_id;
  return toReceivedMessage(saved, replyTo);
}

function looseFields(body: Uint8Array): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(lenient.decode(body));
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {};
  } catch (cause) {
    // Not JSON, or nested beyond the parser's stack.
    if (cause instanceof SyntaxError || cause instanceof RangeError) return {};
    throw cause;
  }
}
