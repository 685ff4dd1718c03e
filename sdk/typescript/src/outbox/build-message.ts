import {
  check,
  encodeJson,
  type JsonValue,
  limits,
  type MessageKind,
  nowTimestamp,
  ProtocolError,
  type SentMessage,
} from '@agentnet/protocol';
import { ValidationError } from '../errors.js';
import type { Signer } from '../identity/signer.js';
import { defaultThreadId } from '../received-message.js';
import { requireJsonPayload } from './json-payload.js';
import { newMessageId } from './message-id.js';

/** Who writes. */
export interface Sender {
  readonly agentId: string;
  readonly accountId: string;
  readonly sessionTag: string;
  /** Present with dev auth on. */
  readonly signer?: Signer;
}

/** Whom a message is for, in the envelope's words. */
export interface Addressee {
  readonly to_agent: string;
  readonly to_account_id?: string;
}

/** What a message says, besides who writes to whom. */
export interface MessageDraft {
  readonly payload: unknown;
  readonly kind: MessageKind;
  readonly ttlMs: number;
  readonly traceId?: string | undefined;
  readonly threadId?: string | undefined;
  readonly parentMessageId?: string | undefined;
  readonly idempotencyKey?: string | undefined;
  /** Whether the receipts of a request are read from its reply. */
  readonly readsReceiptsFromReply?: boolean | undefined;
}

/** The option behind each envelope field, for errors. */
const optionOfField: Readonly<Record<string, string>> = {
  trace_id: 'traceId',
  thread_id: 'threadId',
  parent_message_id: 'parentMessageId',
  idempotency_key: 'idempotencyKey',
  ttl_ms: 'ttlMs',
  expires_at: 'ttlMs',
};

const encoder = new TextEncoder();
const decoder = new TextDecoder();

const schemaVersion = `${limits.supportedSchemaMajor}.${limits.schemaMinor}`;

/** The latest instant a timestamp can write. */
const lastEpochMs = Date.UTC(9999, 11, 31, 23, 59, 59, 999);

/**
 * Writes the envelope. Spec: schema `SentMessage`.
 *
 * @throws {ValidationError} `invalid_payload`, `invalid_option` when a field breaks its schema
 */
export function buildMessage(
  sender: Sender,
  { to_agent, to_account_id }: Addressee,
  draft: MessageDraft,
  nowMs: number,
): SentMessage {
  const messageId = newMessageId(nowMs);
  const traceId = draft.traceId ?? messageId;
  const message: SentMessage = {
    message_id: messageId,
    from_agent: sender.agentId,
    from_account_id: sender.accountId,
    from_session_tag: sender.sessionTag,
    to_agent,
    payload: draft.payload as JsonValue,
    sent_at: nowTimestamp(nowMs),
    ttl_ms: draft.ttlMs,
    expires_at: nowTimestamp(Math.min(nowMs + draft.ttlMs, lastEpochMs)),
    trace_id: traceId,
    thread_id: draft.threadId ?? defaultThreadId(traceId),
    kind: draft.kind,
    schema_version: schemaVersion,
  };
  if (to_account_id !== undefined) message.to_account_id = to_account_id;
  if (draft.parentMessageId !== undefined) message.parent_message_id = draft.parentMessageId;
  if (draft.idempotencyKey !== undefined) message.idempotency_key = draft.idempotencyKey;
  if (draft.readsReceiptsFromReply) message.receipts = 'with_reply';
  requireSayable(draft.payload);
  requireValid(message);
  return message;
}

/**
 * The message as it goes onto the wire, with an `auth` member if its sender signs and the recipient may need it.
 *
 * @throws {ValidationError} `invalid_payload`, `message_too_large`
 */
export function encodeMessage(message: SentMessage, { signer }: Sender, maxBytes: number): Uint8Array {
  let body: Uint8Array;
  try {
    body = encodeJson(message);
  } catch (cause) {
    if (!(cause instanceof ProtocolError)) throw cause;
    throw new ValidationError('invalid_payload', cause.detail, { cause });
  }
  requireJsonPayload(message.payload, body);
  if (signer?.needsAuth(message)) body = encoder.encode(signer.addAuth(message, decoder.decode(body)));
  if (body.length > maxBytes) {
    throw new ValidationError(
      'message_too_large',
      `the encoded message has ${body.length} bytes, at most ${maxBytes} are allowed; shorten the payload`,
    );
  }
  return body;
}

/** JSON.stringify would leave the member out without a word. */
function requireSayable(payload: unknown): void {
  if (payload === undefined || typeof payload === 'function' || typeof payload === 'symbol') {
    throw new ValidationError('invalid_payload', `the payload is ${typeof payload}, which JSON cannot say; use null`);
  }
}

function requireValid(message: SentMessage): void {
  const [violation] = check('SentMessage', message);
  if (!violation) return;
  const field = violation.path.split('/')[1] ?? '';
  throw new ValidationError('invalid_option', `${optionOfField[field] ?? field} ${violation.message}`);
}
