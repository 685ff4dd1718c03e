import { type Message, type RuleId, subjects } from '@agentnet/protocol';
import { eventually, eventuallyEqual } from '../../harness/eventually.js';
import { countInThread, readThread, type ThreadMessage } from '../../harness/thread.js';
import type { RegistryStage } from '../core/scenario.js';

/** What has to come into the history of a thread. */
interface Awaited {
  readonly thread_id: string;
  /** Published first, each to its addressee. */
  readonly messages?: readonly Message[];
  /** How many messages the thread must come to hold. @default as many as are published */
  readonly count?: number;
  /** Instead of a count: the message that must come to be on record. */
  readonly last?: string;
}

/** Publishes messages and waits until they are on record. */
export async function recorded(
  stage: RegistryStage,
  rule: RuleId,
  { thread_id, messages = [], count = messages.length, last }: Awaited,
): Promise<void> {
  const { client, judge } = stage;
  for (const message of messages)
    client.publish(subjects.accountInbox(message.to_account_id || 'acct_nobody'), message);
  if (last === undefined) {
    const what = `${count} messages in ${thread_id}`;
    await judge.comes(
      rule,
      what,
      eventuallyEqual(() => countInThread(client, thread_id), count, { what, timeoutMs: 20_000 }),
    );
    return;
  }
  const isThere = async () =>
    (await client.ask('thread_messages', { thread_id })).messages.some(({ message_id }) => message_id === last);
  await judge.comes(rule, `message ${last} on record`, eventually(isThere, { timeoutMs: 20_000 }));
}

/** All messages of a thread, page by page. */
export function readPages(
  { client, judge }: RegistryStage,
  rule: RuleId,
  thread: { id: string; limit: number },
): Promise<{ pages: number; rows: ThreadMessage[] }> {
  return judge.comes(rule, `the pages of ${thread.id}`, readThread(client, thread.id, thread.limit));
}
