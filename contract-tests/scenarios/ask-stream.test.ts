import { type JsonValue, type SentMessage, subjects } from '@agentnet/protocol';
import { AgentNode, AgentSDK, type AnswerStream } from '@agentnet/sdk';
import { expect } from 'vitest';
import {
  aMessage,
  eventually,
  type Network,
  onEachDatabase,
  type RawAccount,
  rawAccount,
  rule,
  uniqueName,
  useNetwork,
} from '../harness/index.js';
import { delta, isEnd, payloadOf, piecesOf, receivingAccount, typesOf } from '../harness/stream-frames.js';

/** Joins the network without a handler. */
async function aNode(network: Network, accountId?: string): Promise<AgentNode> {
  const agentId = uniqueName('asker');
  const node = new AgentNode({ agentId, natsUrl: network.nats.url, ...(accountId ? { accountId } : {}) });
  await node.start();
  return node;
}

onEachDatabase('asking for a stream', (database) => {
  const network = useNetwork(database, { env: { AGENT_TTL_SECONDS: '60' } });
  const story = ['Once ', 'upon ', 'a ', 'time'];

  /** An agent that answers with a stream. */
  async function aTeller(chunks: AsyncIterable<string> | Iterable<string> = story) {
    return network().peer({ onMessage: (_message, { stream }) => stream(chunks) });
  }

  /** Answers the next request of a raw account the way the first version does: on the asker's inbox. */
  async function answerOnInbox(teller: RawAccount, events: readonly JsonValue[]) {
    const request = (await teller.inbox.next()).json as SentMessage;
    for (const payload of events) {
      const to = request.from_account_id;
      const ids = { from: teller.accountId, to, thread_id: request.thread_id };
      network().client.publish(subjects.accountInbox(to), aMessage({ ...ids, kind: 'stream', payload }));
    }
  }

  async function using<T>(node: AgentNode, work: (node: AgentNode) => Promise<T>): Promise<T> {
    try {
      return await work(node);
    } finally {
      await node.close();
    }
  }

  rule(
    ['stream.reply.subject', 'stream.reply.final'],
    'given an agent that streams its answer, when one without a handler asks it, then the pieces come one by one and the whole text',
    async () => {
      let asked: AnswerStream | undefined;
      const heard: string[] = [];
      async function* told() {
        for (const [index, piece] of story.entries()) {
          yield piece;
          await eventually(() => heard.length > index);
        }
      }
      const teller = await aTeller(told());
      await using(await aNode(network()), async (asker) => {
        asked = asker.askStream({ to: teller.accountId, payload: 'a story, please' });
        for await (const piece of asked) heard.push(piece);
        expect(heard).toEqual(story);
        expect(await asked.text).toBe(story.join(''));
      });
    },
  );

  rule(
    ['stream.reply.first', 'stream.reply.final'],
    'given an agent that streams its answer, when it is asked with a plain request, then the reply is the end of the stream',
    async () => {
      const teller = await aTeller();
      const asker = await network().peer();
      const reply = await asker.request(teller.accountId, 'a story, please');
      expect(reply).toMatchObject({ kind: 'reply', payload: { type: 'stream_end', text: story.join('') } });
    },
  );

  rule(
    'stream.reply.subject',
    'given a requester with an ordinary inbox, when the answer is a stream, then it gets one reply there and the stream in its account inbox',
    async () => {
      const teller = await aTeller();
      const asker = await receivingAccount(network());
      const request = aMessage({ from: asker.accountId, to: teller.accountId, kind: 'request' });
      const reply = await network().client.request(subjects.accountInbox(teller.accountId), request);
      expect(reply.json).toMatchObject({ kind: 'reply', payload: { type: 'stream_end', text: story.join('') } });
      const events = await asker.inbox.collectUntil(isEnd);
      expect(typesOf(events).slice(0, 2)).toEqual(['stream_start', 'stream_delta']);
      const { thread_id, message_id } = request;
      for (const { json } of events) expect(json).toMatchObject({ thread_id, parent_message_id: message_id });
    },
  );

  rule(
    'stream.ask.inbox',
    'given a peer that streams to the account inbox, when an agent without a handler asks it, then it gets the stream and sends receipts',
    async () => {
      const teller = await rawAccount(network().client);
      await using(await aNode(network()), async (asker) => {
        const asked = asker.askStream({ to: teller.accountId, payload: 'a story, please' });
        await answerOnInbox(teller, [
          { type: 'stream_start', stream_id: 's' },
          ...story.map((piece, index) => delta('s', index, piece)),
          { type: 'stream_end', stream_id: 's', seq: 4 },
        ]);
        expect(await piecesOf(asked)).toEqual(story);
        const receipt = await teller.receipts.next();
        expect(receipt.json).toMatchObject({ status: 'accepted', from_account_id: asker.accountId });
      });
    },
  );

  rule(
    'stream.ask.inbox',
    'given an account with three sessions, when one of them asks, then it gets every piece wherever the queue group sends it',
    async () => {
      const teller = await rawAccount(network().client);
      const asker = await network().peer();
      const { accountId } = asker;
      const [second, third] = [await network().peer({ accountId }), await network().peer({ accountId })];
      const asked = asker.node.askStream({ to: teller.accountId, payload: 'a story, please' });
      await answerOnInbox(teller, [
        { type: 'stream_start', stream_id: 's' },
        ...Array.from({ length: 8 }, (_, index) => delta('s', index)),
        { type: 'stream_end', stream_id: 's', seq: 8 },
      ]);
      expect(await asked.text).toBe('<0><1><2><3><4><5><6><7>');
      expect([second.accountId, third.accountId, asker.handled]).toEqual([accountId, accountId, []]);
    },
  );

  rule(
    ['stream.reply.subject', 'stream.events'],
    'given an SDK and one of its threads, when they ask for a stream and send one, then both go through the thread they belong to',
    async () => {
      const teller = await aTeller();
      const receiver = await receivingAccount(network());
      const sdk = await AgentSDK.open({ agentId: uniqueName('sdk'), natsUrl: network().nats.url });
      try {
        expect(await sdk.askStream(teller.accountId, 'a story').text).toBe(story.join(''));
        const thread = sdk.thread();
        expect((await piecesOf(thread.askStream(teller.accountId, 'a story'))).join('')).toBe(story.join(''));
        const sent = await thread.streamText(receiver.accountId, story);
        expect(teller.handled.map(({ payload }) => payload)).toEqual([{ text: 'a story' }, { text: 'a story' }]);
        expect([teller.handled[1]?.thread_id, sent.threadId]).toEqual([thread.id, thread.id]);
        expect(payloadOf(await receiver.inbox.next({ where: isEnd })).text).toBe(story.join(''));
      } finally {
        await sdk.close();
      }
    },
  );

  rule(
    'stream.reply.first',
    'given an agent that answers with one plain reply, when it is asked for a stream, then its text comes as one piece',
    async () => {
      const teller = await network().peer({ onMessage: (_message, { reply }) => reply({ text: 'all at once' }) });
      const asker = await network().peer();
      expect(await piecesOf(asker.node.askStream({ to: teller.accountId, payload: 1 }))).toEqual(['all at once']);
    },
  );

  rule(
    'stream.source',
    'given an agent whose answer breaks off, when it is asked for a stream, then the asker has the text so far and stream_failed',
    async () => {
      async function* broken() {
        yield 'so far';
        throw new Error('secret detail');
      }
      const teller = await aTeller(broken());
      const asker = await network().peer();
      const pieces = asker.node.askStream({ to: teller.accountId, payload: 1 })[Symbol.asyncIterator]();
      expect((await pieces.next()).value).toBe('so far');
      await expect(pieces.next()).rejects.toMatchObject({ code: 'stream_failed' });
    },
  );

  rule(
    'request.absent.recorded',
    'given nobody online, when a stream is asked for, then it fails as recipient_offline',
    async () => {
      const gone = await network().peer();
      await gone.close();
      const asker = await network().peer();
      const asked = asker.node.askStream({ to: gone.accountId, payload: 1 });
      await expect(asked.text).rejects.toMatchObject({ code: 'recipient_offline' });
    },
  );
});
