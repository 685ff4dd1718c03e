import type { Message, SentReceipt } from '@agentnet/protocol';
import { subjects } from '@agentnet/protocol';
import { type Clock, systemClock } from '@agentnet/sdk';
import {
  aMessage,
  type MessageOptions,
  type Network,
  type Peer,
  type PeerOptions,
  type RawAccount,
  type RawClient,
  rawAccount,
} from '../harness/index.js';

export const unlimited = { rateLimitPerSecond: Number.POSITIVE_INFINITY };

/** A clock the test moves; timers run in real time. */
export function aClock(startMs = Date.now()): Clock & { advance(ms: number): void } {
  let passedMs = 0;
  return {
    now: () => startMs + passedMs,
    elapsed: () => passedMs,
    after: systemClock.after,
    advance: (ms) => {
      passedMs += ms;
    },
  };
}

/** A handler that waits until the test opens it. */
export function aGate(): { handle(): Promise<void>; open(): void } {
  let open = (): void => undefined;
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { handle: () => opened, open: () => open() };
}

/** A peer without rate limit, a sender of its own, and the ways a message goes between them. */
export interface GuardedPair {
  readonly client: RawClient;
  readonly sender: RawAccount;
  readonly peer: Peer;
  message(fields?: MessageOptions): ReturnType<typeof aMessage>;
  publish(body: object | string): void;
  /** Publishes and waits for the receipt that ends the message's work. */
  settle(body: Message): Promise<SentReceipt>;
}

export async function guardedPair(network: Network, options: PeerOptions = {}): Promise<GuardedPair> {
  const { client } = network;
  const sender = await rawAccount(client);
  const peer = await network.peer({ ...options, inbox: { ...unlimited, ...options.inbox } });
  const publish = (body: object | string): void => client.publish(subjects.accountInbox(peer.accountId), body);
  return {
    client,
    sender,
    peer,
    message: (fields = {}) => aMessage({ from: sender.accountId, to: peer.accountId, ...fields }),
    publish,
    settle: (body) => {
      publish(body);
      return finalReceipt(sender, body);
    },
  };
}

/** The first receipt, not yet taken, that ends the work on a message. */
export async function finalReceipt(sender: RawAccount, { message_id }: Message): Promise<SentReceipt> {
  const isFinal = (receipt: SentReceipt) => receipt.message_id === message_id && receipt.status !== 'accepted';
  return (await sender.receipts.next({ where: ({ json }) => isFinal(json as SentReceipt) })).json as SentReceipt;
}

export function codeOf({ code, status }: SentReceipt): string {
  return code ?? (status === 'rejected' ? 'no code' : 'ok');
}
