import { type Message, subjects, type ThreadMessagesReply } from '@agentnet/protocol';
import { eventuallyEqual } from './eventually.js';
import { aMessage, type MessageOptions } from './message-builder.js';
import type { RawClient } from './raw-client.js';

export type ThreadMessage = ThreadMessagesReply['messages'][number];

/** Messages of one thread, from `acct_ann` to `acct_bob` unless a field says otherwise. */
export function messagesOf(thread_id: string, fields: readonly MessageOptions[]): Message[] {
  return fields.map((each) => aMessage({ from: 'acct_ann', to: 'acct_bob', thread_id, ...each }));
}

/** How many messages the registry has recorded in a thread; 0 while it does not know the thread. */
export async function countInThread(client: RawClient, thread_id: string): Promise<number> {
  return Number((await client.rpc('thread_status', { thread_id }))['message_count'] ?? 0);
}

/** Publishes messages to their addressees' inboxes and waits until their thread holds `expected` messages. */
export async function record(
  client: RawClient,
  messages: readonly Message[],
  expected = messages.length,
): Promise<void> {
  for (const message of messages)
    client.publish(subjects.accountInbox(message.to_account_id || 'acct_nobody'), message);
  const thread = messages[0]?.thread_id ?? '';
  await eventuallyEqual(() => countInThread(client, thread), expected, { what: `${expected} messages in ${thread}` });
}

/** Follows the cursor of a thread to its end. */
export async function readThread(
  client: RawClient,
  thread_id: string,
  limit: number,
): Promise<{ pages: number; rows: ThreadMessage[] }> {
  const rows: ThreadMessage[] = [];
  let pages = 0;
  let cursor: string | null = null;
  do {
    const page: ThreadMessagesReply = await client.ask('thread_messages', { thread_id, limit, cursor });
    rows.push(...page.messages);
    cursor = page.next_cursor ?? null;
    pages += 1;
  } while (cursor !== null && pages < 100);
  return { pages, rows };
}

export function idsOf(messages: readonly { message_id?: string | null }[]): string[] {
  return messages.map(({ message_id }) => message_id ?? '');
}
