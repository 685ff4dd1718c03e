import { type Receipt, type SentMessage, subjects } from '@agentnet/protocol';
import type { RawAccount } from '../../harness/raw-account.js';
import type { Frame } from '../../harness/raw-subscription.js';
import { isEnd } from '../../harness/stream-frames.js';
import type { AgentStage } from '../core/scenario.js';

/** A text as it is streamed. */
export const story: string[] = ['Once ', 'upon ', 'a ', 'time'];

/** The same text in one piece. */
export const whole: string = story.join('');

/** An account that answers each message of its inbox with a receipt. */
export async function receiving(
  { account, client }: AgentStage,
  receiptFor: (message: SentMessage) => Partial<Receipt> = () => ({}),
): Promise<RawAccount> {
  const receiver = await account();
  await client.subscribe(subjects.accountInbox(receiver.accountId), {
    onFrame: ({ json }) => receiver.acknowledge(json, receiptFor(json as SentMessage)),
  });
  return receiver;
}

/** The frames of one stream until its end. */
export async function untilEnd(inbox: RawAccount['inbox']): Promise<readonly Frame[]> {
  await inbox.collectUntil(isEnd, 30_000);
  return inbox.received.slice(0, inbox.received.findIndex(isEnd) + 1);
}
