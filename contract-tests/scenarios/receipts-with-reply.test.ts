import { type MessageRow, matchSubject, type SentMessage, type SentReceipt, subjects } from '@agentnet/protocol';
import { expect } from 'vitest';
import {
  aMessage,
  eventuallyEqual,
  type Frame,
  type Network,
  onEachDatabase,
  type PeerOptions,
  rawAccount,
  rule,
  uniqueName,
  useKeyDir,
  useNetwork,
} from '../harness/index.js';

onEachDatabase('receipts with the reply', (database) => {
  const open = useNetwork(database, { env: { AGENT_TTL_SECONDS: '60' } });
  const signing = useNetwork(database, { env: { AGENT_TTL_SECONDS: '60', DEV_AUTH: 'true' } });
  const keyDir = useKeyDir();

  const rowsOf = async ({ client }: Network, thread_id: string): Promise<readonly MessageRow[]> =>
    (await client.ask('thread_messages', { thread_id })).messages;
  const statusesOf = async (network: Network, thread_id: string) =>
    (await rowsOf(network, thread_id)).map(({ kind, status }) => `${kind} ${status}`).sort();

  /** What two agents say while one asks the other, in words: kinds of messages, and statuses of receipts. */
  async function wordsOfAsking(network: Network, options: PeerOptions = {}): Promise<string[]> {
    const thread = uniqueName('thread');
    const answerer = await network.peer({ ...options, onMessage: ({ payload }, { reply }) => reply(payload) });
    const asker = await network.peer(options);
    // The first exchange tells each how the other signs.
    await asker.request(answerer.accountId, 'hello');
    const heard = await network.client.subscribe('>');
    await asker.node.request({ to: answerer.accountId, payload: 'why?', threadId: thread });
    await eventuallyEqual(() => statusesOf(network, thread), ['reply received', 'request processed']);
    heard.unsubscribe();
    return heard.received.flatMap((frame) => wordOf(frame, thread));
  }

  function wordOf({ subject, reply = '', json }: Frame, thread: string): string[] {
    const { message_id, thread_id, kind, parent_status } = (json ?? {}) as Partial<SentMessage>;
    // The history stream hands out copies under the subjects they were published to, and the registry pages of the thread.
    if (!message_id || thread_id !== thread || reply.startsWith('$JS.ACK.')) return [];
    if (matchSubject.accountReceipts(subject)) return [(json as SentReceipt).status];
    return [`${kind} ${parent_status ?? ''}`.trim()];
  }

  rule(
    ['receipt.with-reply', 'receipt.with-reply.feature', 'history.receipts.with-reply'],
    'given two agents, when one asks, then two messages pass and the request is on record as processed',
    async () => {
      expect(await wordsOfAsking(open())).toEqual(['request', 'reply processed']);
    },
  );

  rule(
    ['receipt.with-reply', 'history.receipts.with-reply'],
    'given two agents that sign, when one asks, then two messages pass and the request is on record as processed',
    async () => {
      const auth = { enabled: true, keyDir: keyDir() };
      expect(await wordsOfAsking(signing(), { auth })).toEqual(['request', 'reply processed']);
    },
  );

  rule(
    'history.receipts.with-reply',
    'given replies of others, of another kind and to somebody else, when they say that a request was processed, then it stays as it was',
    async () => {
      const { client } = open();
      const [asker, answerer, mallory] = await Promise.all([
        rawAccount(client),
        rawAccount(client),
        rawAccount(client),
      ]);
      const thread = uniqueName('thread');
      const request = aMessage({ from: asker.accountId, to: answerer.accountId, kind: 'request', thread_id: thread });
      client.publish(subjects.accountInbox(answerer.accountId), request);
      const answer = {
        parent_message_id: request.message_id,
        thread_id: thread,
        kind: 'reply',
        parent_status: 'processed',
      };
      const inbox = subjects.replyInbox(asker.sessionTag, uniqueName('token'));
      const say = (from: string, to: string, fields: object = {}) =>
        client.publish(inbox, aMessage({ from, to, ...answer, ...fields }));
      say(mallory.accountId, asker.accountId);
      say(answerer.accountId, mallory.accountId);
      say(answerer.accountId, asker.accountId, { kind: 'error' });
      say(answerer.accountId, asker.accountId, { parent_status: 'accepted' });
      const others = Array.from({ length: 3 }, () => 'reply received');
      await eventuallyEqual(() => statusesOf(open(), thread), ['error received', ...others, 'request received']);
      say(answerer.accountId, asker.accountId);
      await eventuallyEqual(
        () => statusesOf(open(), thread),
        ['error received', ...others, 'reply received', 'request processed'],
      );
      const [row] = (await rowsOf(open(), thread)).filter(({ kind }) => kind === 'request');
      expect(row?.processed_at).toBe(row?.accepted_at);
    },
  );

  rule(
    'identity.register.features',
    'given registrations, when they name features, then those that the registry has are named in the reply, and none to those that ask for none',
    async () => {
      const { client } = open();
      const featuresFor = async (features?: string[] | null) =>
        (await client.ask('register', { agent_id: uniqueName('asker'), ...(features !== undefined && { features }) }))
          .features;
      expect(await featuresFor(['telepathy', 'receipts_with_reply'])).toEqual(['receipts_with_reply']);
      expect(await featuresFor(['telepathy'])).toBeUndefined();
      expect(await featuresFor([])).toBeUndefined();
      expect(await featuresFor(null)).toBeUndefined();
      expect(await featuresFor()).toBeUndefined();
    },
  );
});
