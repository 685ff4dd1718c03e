import { limits, type SentMessage } from '@agentnet/protocol';
import type { RawAccount } from '../../harness/raw-account.js';
import type { Frame } from '../../harness/raw-subscription.js';
import type { AgentStage } from '../core/scenario.js';
import type { ActingPeer, JoinOptions } from '../peer-process/acting-peer.js';

/** The message in a frame. */
export const messageIn = ({ json }: Frame): SentMessage => json as SentMessage;

/** With the shortest wait for a receipt, for scenarios in which copies come. */
export const quick: JoinOptions = { receipt_timeout_ms: limits.receiptTimeoutMinMs };

/** A send that is under way. */
export interface Sends {
  readonly receiver: RawAccount;
  readonly peer: ActingPeer;
  readonly sending: ReturnType<ActingPeer['send']>;
  /** The first copy of the message. */
  readonly first: Frame;
}

/** An agent that sends one message to an account in the scenario's hands. */
export async function sends(stage: AgentStage, command: Parameters<ActingPeer['send']>[0] = {}): Promise<Sends> {
  const [receiver, peer] = [await stage.account(), await stage.peer(quick)];
  const sending = peer.send({ to: receiver.accountId, payload: 1, ...command });
  const first = await stage.judge.comes('send.accepted', 'a message in the addressee’s inbox', receiver.inbox.next());
  return { receiver, peer, sending, first };
}
