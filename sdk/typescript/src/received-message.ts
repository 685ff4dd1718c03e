import { type JsonObject, type JsonValue, limits, type Message } from '@agentnet/protocol';
import { makeUlid } from './conversation/ulid.js';

/** A message as a handler or a requester gets it: the wire's fields, with null and empty texts left out and the defaults filled in. */
export interface ReceivedMessage {
  /** Empty when the sender gave none. */
  readonly message_id: string;
  /** The sender's role label. Not an identity. */
  readonly from_agent?: string;
  /** The sender's account. */
  readonly from_account_id?: string;
  /** The sender's session. */
  readonly from_session_tag?: string;
  /** The target account id, `capability:<name>`, or in error replies the requester's label. */
  readonly to_agent?: string;
  /** The target account; absent for capability routing. */
  readonly to_account_id?: string;
  /** Any JSON value; null when the sender gave none. */
  readonly payload: JsonValue;
  /** Sender clock. */
  readonly sent_at?: string;
  /** Life in milliseconds after sent_at. */
  readonly ttl_ms?: number;
  /** Deadline. */
  readonly expires_at?: string;
  /** Groups messages of one piece of work. */
  readonly trace_id?: string;
  /** The conversation; filled in from trace or message id when the sender gave none. */
  readonly thread_id: string;
  /** The message this one answers. */
  readonly parent_message_id?: string;
  /** What the message is; `direct` when the sender did not say. */
  readonly kind: string;
  /** Envelope version; `1.0` when the sender did not say. */
  readonly schema_version: string;
  /** Names one logical operation. */
  readonly idempotency_key?: string;
  /** Where the sender waits for a reply: the NATS reply subject, never a field of the body. */
  readonly reply_to?: string;
  /** Signature. */
  readonly auth?: JsonObject;
}

type Draft = { -readonly [K in keyof ReceivedMessage]: ReceivedMessage[K] };

const optionalTexts = [
  'from_agent',
  'from_account_id',
  'from_session_tag',
  'to_agent',
  'to_account_id',
  'sent_at',
  'expires_at',
  'trace_id',
  'parent_message_id',
  'idempotency_key',
] as const;

/** Leaves out what counts as absent and fills in what has a default. Spec: schema `Message`. */
export function toReceivedMessage(message: Message, replyTo?: string): ReceivedMessage {
  const { message_id, payload = null, thread_id, trace_id, kind, schema_version, ttl_ms, auth } = message;
  const id = message_id ?? '';
  const received: Draft = {
    message_id: id,
    payload,
    // Without any id it is a conversation of its own: all such messages must not end up in one thread.
    thread_id: thread_id || defaultThreadId(trace_id || id || makeUlid(Date.now())),
    kind: kind || 'direct',
    schema_version: versionText(schema_version),
  };
  for (const name of optionalTexts) {
    const value = message[name];
    if (value) received[name] = value;
  }
  if (typeof ttl_ms === 'number') received.ttl_ms = ttl_ms;
  if (replyTo !== undefined) received.reply_to = replyTo;
  if (typeof auth === 'object' && auth !== null && !Array.isArray(auth)) received.auth = auth;
  return received;
}

/** The conversation of a message that names none. */
export function defaultThreadId(traceOrMessageId: string): string {
  return `thread_${traceOrMessageId.toLowerCase()}`;
}

function versionText(version: Message['schema_version']): string {
  return version === undefined || version === null || version === ''
    ? `${limits.supportedSchemaMajor}.0`
    : String(version);
}
