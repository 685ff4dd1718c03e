import { type Message, nowTimestamp, type Receipt, type RegisterReply, subjects } from '@agentnet/protocol';
import { uniqueName } from './message-builder.js';
import type { RawClient } from './raw-client.js';
import type { RawSubscription } from './raw-subscription.js';

/** A registered account whose inbox and receipts the test holds in its own hands. */
export interface RawAccount {
  readonly accountId: string;
  readonly username: string;
  readonly sessionTag: string;
  readonly inbox: RawSubscription;
  readonly receipts: RawSubscription;
  /** Sends a receipt about `message` to its sender; fields given override. */
  acknowledge(message: unknown, fields?: Partial<Receipt>): void;
}

/** Registers an account and subscribes to its subjects. */
export async function rawAccount(client: RawClient, username = uniqueName('raw')): Promise<RawAccount> {
  const session: RegisterReply = await client.ask('register', { agent_id: username });
  const accountId = session.account_id;
  return {
    accountId,
    username: session.username,
    sessionTag: session.session_tag,
    inbox: await client.subscribe(subjects.accountInbox(accountId)),
    receipts: await client.subscribe(subjects.accountReceipts(accountId)),
    acknowledge(message, fields = {}) {
      const { message_id, from_account_id, trace_id, thread_id } = message as Message;
      client.publish(subjects.accountReceipts(from_account_id ?? ''), {
        message_id,
        status: 'accepted',
        event_at: nowTimestamp(Date.now()),
        from_account_id: accountId,
        to_account_id: from_account_id,
        trace_id,
        thread_id,
        ...fields,
      });
    },
  };
}
