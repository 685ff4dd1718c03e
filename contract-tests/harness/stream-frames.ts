import { type JsonValue, type Receipt, type SentMessage, subjects } from '@agentnet/protocol';
import type { Network } from './network.js';
import { type RawAccount, rawAccount } from './raw-account.js';
import type { Frame } from './raw-subscription.js';

/** The payload of a message frame. */
export const payloadOf = ({ json }: Frame) => (json as SentMessage).payload as Record<string, JsonValue>;
/** The payload types of message frames. */
export const typesOf = (frames: readonly Frame[]) => frames.map((frame) => payloadOf(frame).type);
/** Whether the frame ends a stream. */
export const isEnd = (frame: Frame) => ['stream_end', 'stream_error'].includes(String(payloadOf(frame).type));
/** A delta as the first version writes it. */
export const delta = (stream_id: string, seq: number, text = `<${seq}>`) => ({
  type: 'stream_delta',
  stream_id,
  delta: text,
  seq,
});

/** An account that answers each message of its inbox with a receipt. */
export async function receivingAccount(
  network: Network,
  receiptFor: (message: SentMessage) => Partial<Receipt> = () => ({}),
): Promise<RawAccount> {
  const account = await rawAccount(network.client);
  await network.client.subscribe(subjects.accountInbox(account.accountId), {
    onFrame: ({ json }) => account.acknowledge(json, receiptFor(json as SentMessage)),
  });
  return account;
}

/** Everything a stream gives, piece by piece. */
export async function piecesOf(stream: AsyncIterable<string>): Promise<string[]> {
  const pieces: string[] = [];
  for await (const piece of stream) pieces.push(piece);
  return pieces;
}
