import { limits, type MessageKind, type SentMessage, type SigningPurpose } from '@agentnet/protocol';
import type { Context } from '@opentelemetry/api';
import type { LateOptions } from '../connection/publish-queue.js';
import { ValidationError } from '../errors.js';
import type { ReceiptOutbox } from '../inbox/receipt-outbox.js';
import type { ReceiptsWithReply } from '../inbox/receipts-with-reply.js';
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
  /** Publishes what is decided when it leaves. */
  publishLate(purpose: SigningPurpose, make: () => Sealing, late: LateOptions): void;
  readonly receipts: ReceiptOutbox;
  /** Of the requests whose senders read receipts from replies. */
  readonly receiptsWithReply: WeakMap<ReceivedMessage, ReceiptsWithReply>;
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
  const receipts = kind === 'reply' ? replier.receiptsWithReply.get(request) : undefined;
  if (receipts) message.parent_status = 'processed';
  const body = encodeMessage(message, replier.sender, replier.maxPayloadBytes);
  traced?.describe?.(message, body.length);
  const place = { subject: reply_to, headers: traced?.headers };
  if (receipts) publishWithReceipts(replier, receipts, { message, body, place });
  else replier.publish('reply', { ...place, body });
  return body;
}

interface GivenReply {
  readonly message: SentMessage;
  readonly body: Uint8Array;
  readonly place: Omit<Sealing, 'body'>;
}

/** It is written as if the handler had returned, which most do at once, and written anew if it had not when the reply leaves. */
function publishWithReceipts(
  replier: Replier,
  receipts: ReceiptsWithReply,
  { message: { parent_status: _, ...plain }, body, place }: GivenReply,
): void {
  const leave = receipts.give();
  const written = () => (leave() ? body : encodeMessage(plain, replier.sender, replier.maxPayloadBytes));
  const onDropped = () => {
    if (leave()) receipts.onLost();
  };
  replier.publishLate('reply', () => ({ ...place, body: written() }), { bytes: body.length, onDropped });
}
