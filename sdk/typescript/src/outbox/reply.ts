import { limits, type MessageKind } from '@agentnet/protocol';
import { ValidationError } from '../errors.js';
import type { ReceivedMessage } from '../received-message.js';
import { type Addressee, buildMessage, encodeMessage, type Sender } from './build-message.js';

/** What answering needs. */
export interface Replier {
  readonly sender: Sender;
  readonly maxPayloadBytes: number;
  now(): number;
  publish(subject: string, body: Uint8Array): void;
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
  return answer(replier, request, {
    kind: 'reply',
    payload,
    addressee: from_account_id ? { to_agent, to_account_id: from_account_id } : { to_agent },
  });
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
export function replyWithEvent(replier: Replier, request: ReceivedMessage, payload: unknown): void {
  const { from_account_id, from_agent } = request;
  const to_agent = from_account_id ?? from_agent ?? 'unknown';
  const addressee = from_account_id ? { to_agent, to_account_id: from_account_id } : { to_agent };
  answer(replier, request, { kind: 'stream', payload, addressee });
}

interface Answer {
  readonly kind: MessageKind;
  readonly payload: unknown;
  readonly addressee: Addressee;
}

function answer(replier: Replier, request: ReceivedMessage, { kind, payload, addressee }: Answer): Uint8Array {
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
  replier.publish(reply_to, body);
  return body;
}
