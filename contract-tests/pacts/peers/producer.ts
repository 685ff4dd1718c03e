import { type JsonObject, type JsonValue, subjects } from '@agentnet/protocol';
import type { SendOptions, StreamTextOptions } from '@agentnet/sdk';
import { aMessage } from '../../harness/index.js';
import type { Produce } from '../verification/verify-pact.js';
import { peerInteractions } from './interactions.js';
import { poet, type Stage, sentNow, weather } from './stage.js';

/** The agents that make the examples true: `sender` sends as the poet does, `receiver` answers as the weather does. */
export interface Producers {
  readonly sender: () => Stage;
  readonly receiver: () => Stage;
}

/** For each interaction, the real SDK at work; what it published comes from the wire. */
export function peerProducers({ sender, receiver }: Producers): Record<string, Produce> {
  const { messages, streams, receipts, replies } = peerInteractions;
  return Object.fromEntries<Produce>([
    ...messages.map(({ description, content }): [string, Produce] => [description, () => sendLike(sender(), content)]),
    ...streams.map(({ description, content }): [string, Produce] => [
      description,
      () => streamLike(sender(), content['payload'] as JsonObject),
    ]),
    ...receipts.map(({ description, sent, content }): [string, Produce] => [
      description,
      () => receiptLike(receiver(), sent, content),
    ]),
    ...replies.map(({ description, request }): [string, Produce] => [description, () => replyTo(receiver(), request)]),
  ]);
}

/** Sends what the example holds beyond the defaults. */
async function sendLike({ peer, inbox, counterpart }: Stage, content: JsonObject): Promise<unknown> {
  const { kind, thread_id, trace_id, parent_message_id, idempotency_key, ttl_ms } = content;
  const isChosen = !String(thread_id).endsWith(String(content['message_id']));
  const named = {
    threadId: thread_id,
    traceId: trace_id,
    parentMessageId: parent_message_id,
    idempotencyKey: idempotency_key,
    ttlMs: ttl_ms,
  };
  await peer.node.send({
    to: `account:${counterpart}`,
    payload: content['payload'],
    requireDeliveryAck: false,
    ...({ kind, ...(isChosen ? named : {}) } as Partial<SendOptions>),
  });
  return (await inbox.next()).json;
}

/** Streams one piece, breaks off if the example does, and returns the frame of the example's type. */
async function streamLike({ peer, raw, inbox, counterpart }: Stage, { type }: JsonObject): Promise<unknown> {
  async function* chunks(): AsyncGenerator<string> {
    yield 'sun';
    if (type === 'stream_error') throw new Error('out of ink');
  }
  const options: StreamTextOptions = { streamId: 'stream_verse', threadId: 'thread_verse', metadata: { verse: 1 } };
  const streaming = peer.node
    .streamText({ ...options, to: `account:${counterpart}`, chunks: chunks() })
    .catch((cause: unknown) => cause);
  const seen: JsonObject[] = [];
  const typeOf = (frame: JsonObject): JsonValue | undefined => (frame['payload'] as JsonObject)['type'];
  while (seen.every((frame) => !['stream_end', 'stream_error'].includes(String(typeOf(frame))))) {
    const frame = (await inbox.next()).json as JsonObject;
    const { message_id = '', trace_id = '', thread_id = '' } = frame;
    raw.publish(subjects.accountReceipts(peer.accountId), { message_id, trace_id, thread_id, status: 'accepted' });
    seen.push(frame);
  }
  await streaming;
  return seen.find((frame) => typeOf(frame) === type);
}

/** Sends what the receipt is for and returns it. */
async function receiptLike(
  { peer, raw, receipts }: Stage,
  sent: JsonObject,
  { status, code }: JsonObject,
): Promise<unknown> {
  const { twice = false, ...fields } = sent;
  const message = aMessage({ from: poet, to: weather, ...fields });
  const isWanted = (receipt: unknown): boolean => {
    const { message_id, ...said } = receipt as JsonObject;
    return message_id === message.message_id && said['status'] === status && said['code'] === code;
  };
  await raw.deliver(subjects.accountInbox(peer.accountId), message);
  if (twice) await raw.deliver(subjects.accountInbox(peer.accountId), message);
  return (await receipts.next({ where: ({ json }) => isWanted(json) })).json;
}

async function replyTo({ peer, raw }: Stage, request: JsonObject): Promise<unknown> {
  const body = sentNow(request, { message_id: aMessage().message_id });
  return (await raw.request(subjects.accountInbox(peer.accountId), body, 10_000)).json;
}
