import { type Message, type SentReceipt, subjects } from '@agentnet/protocol';
import { aMessage, type MessageOptions, type MessageText } from '../../harness/message-builder.js';
import type { RawAccount } from '../../harness/raw-account.js';
import type { RawBody } from '../../harness/raw-client.js';
import type { Frame } from '../../harness/raw-subscription.js';
import type { AgentStage } from '../core/scenario.js';
import type { ActingPeer, JoinOptions } from '../peer-process/acting-peer.js';

/** An agent under test and an account in the scenario's hands that writes to it. */
export interface Facing {
  readonly peer: ActingPeer;
  readonly sender: RawAccount;
  /** A message from the account to the agent. */
  message(fields?: MessageOptions): MessageText;
  publish(body: RawBody): void;
  /** Asks and takes the first answer. */
  ask(body: RawBody): Promise<Frame>;
  /** The receipts about a message until its final one, which is the last. */
  receiptsOf(message: { message_id: string }): Promise<SentReceipt[]>;
  /** Publishes and takes the receipts until the final one. */
  settle(message: MessageText): Promise<SentReceipt[]>;
}

/** Joins an agent and registers an account that writes to it. */
export async function facing(stage: AgentStage, options: JoinOptions = {}): Promise<Facing> {
  const sender = await stage.account();
  return facingFrom(stage, sender, await stage.peer(options));
}

/** Likewise for an account and an agent that are there already. */
export function facingFrom({ client }: AgentStage, sender: RawAccount, peer: ActingPeer): Facing {
  const inbox = subjects.accountInbox(peer.accountId);
  const receiptsOf = async ({ message_id }: { message_id: string }): Promise<SentReceipt[]> => {
    const about = ({ json }: Frame): boolean => (json as Message | undefined)?.message_id === message_id;
    const receipts: SentReceipt[] = [];
    do receipts.push((await sender.receipts.next({ where: about })).json as SentReceipt);
    while (receipts.at(-1)?.status === 'accepted');
    await peer.sync();
    return receipts;
  };
  const publish = (body: RawBody): void => client.publish(inbox, body);
  return {
    peer,
    sender,
    message: (fields = {}) => aMessage({ from: sender.accountId, to: peer.accountId, ...fields }),
    publish,
    ask: (body) => client.request(inbox, body, 20_000),
    receiptsOf,
    settle(message) {
      publish(message);
      return receiptsOf(message);
    },
  };
}

/** Without limit on the rate, for scenarios about something else. */
export const unlimited: JoinOptions = { rate_limit_per_second: null };

/** What a final receipt says, in a word. */
export const outcomeOf = ({ status, code }: SentReceipt): string => code ?? status;

/** The payload of an answer. */
export const payloadOf = ({ json }: Frame): unknown => (json as Message | undefined)?.payload;
