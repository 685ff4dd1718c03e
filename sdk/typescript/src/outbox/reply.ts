import { limits, type MessageKind, type SigningPurpose } from '@agentnet/protocol';
import type { Context } from '@opentelemetry/api';
import { ValidationError } from '../errors.js';
import type { ReceiptOutbox } from '../inbox/receipt-outbox.js';
import type { ReceivedMessage } from '../received-message.js';
import type { Traced } from '../tracing/message-span.js';
import { sendWithin } from '../tracing/sending-span.js';
import { type Addressee, buildMessage, encodeMessage, type Sender } from './build-message.js';
import type { Sealing } from './seal.js';

/** What answering needs. */
export interface Replier {
  readonly sender: Sender;
  readonly maxPayloadBytes: number;
  now(): number;
  /** Publishes, signed if this agent signs. */
  publish(purpose: SigningPurpose, sealing: Sealing): void;
  readonly receipts: ReceiptOutbox;
  /** What each message that is traced is handled within. */
  readonly handling: WeakMap<ReceivedMessage, Context>;
}

/**
 * Answers a request on its reply subject.
 *
 * @returns The reply as it went out.
 * @throws {AgentNetError} `invalid_target` when nobody waits for a reply; `invalid_payload`, `message_too_large`, `connection_closed`
 */
export function reply(replier: Replier, request: ReceivedMessage, payload: unknown): Uint8Array {
  const { from_account_id, from_agent } = request;
  const to_agent = from_account_id ?? from_agent ?? 'unknown';
  const addressee = from_account_id ? { to_agent, to_account_id: from_account_id } : { to_agent };
  const { trace_id: traceId, reply_to: subject = '' } = request;
  const sending = { operation: 'reply', subject, traceId, within: replier.handling.get(request) } as const;
  return sendWithin(sending, (traced) => answer(replier, request, { kind: 'reply', payload, addressee, traced }));
}

/** Tells the requester why there will be no reply. Spec: schema `ErrorPayload`. */
export function replyWithError(
  replier: Replier,
  request: ReceivedMessage,
  { code, detail }: { code: string; detail: string },
): void {
  const { from_account_id, from_agent = 'unknown', message_id, trace_id = message_id } = request;
  const payload = { error: code, detail, request_message_id: message_id, trace_id };
  const addressee = from_account_id
    ? { to_agent: from_agent, to_account_id: from_account_id }
    : { to_agent: from_agent };
  answer(replier, request, { kind: 'error', payload, addressee });
}

/** One event of a stream that answers a request; the reply itself follows the stream. */
export function replyWithEvent(
  replier: Replier,
  request: ReceivedMessage,
  { payload, traced }: { payload: unknown; traced: Traced | undefined },
): void {
  const { from_account_id, from_agent } = request;
  const to_agent = from_account_id ?? from_agent ?? 'unknown';
  const addressee = from_account_id ? { to_agent, to_account_id: from_account_id } : { to_agent };
  answer(replier, request, { kind: 'stream', payload, addressee, traced });
}

interface Answer {
  readonly kind: MessageKind;
  readonly payload: unknown;
  readonly addressee: Addressee;
  readonly traced?: Traced | undefined;
}

function answer(replier: Replier, request: ReceivedMessage, { kind, payload, addressee, traced }: Answer): Uint8Array {
  const { reply_to, message_id, trace_id = message_id, thread_id } = request;
  if (reply_to === undefined)
    throw new ValidationError('invalid_target', `nobody waits for a reply to ${message_id || 'this message'}`);
  const draft = {
    kind,
    payload,
    ttlMs: limits.ttlMsDefault,
    traceId: trace_id || undefined,
    threadId: thread_id,
    parentMessageId: message_id || undefined,
  };
  const message = buildMessage(replier.sender, addressee, draft, replier.now());
  const body = encodeMessage(message, replier.sender, replier.maxPayloadBytes);
  traced?.describe?.(message, body.length);
  replier.publish('reply', { subject: reply_to, body, headers: traced?.headers });
  return body;
}
