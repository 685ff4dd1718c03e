import { type SentMessage, subjects } from '@agentnet/protocol';
import { eventually } from '../../harness/eventually.js';
import { aMessage } from '../../harness/message-builder.js';
import type { Frame } from '../../harness/raw-subscription.js';
import { delta, typesOf } from '../../harness/stream-frames.js';
import { agentScenario, type Scenario } from '../core/scenario.js';
import { receiving, story, untilEnd, whole } from './receiving.js';

/** Answers that are streams. */
export const streamedAnswerScenarios: readonly Scenario[] = [
  agentScenario(
    {
      id: 'streams.reply',
      title:
        'given a requester with an ordinary inbox, when the answer is a stream, then it gets one reply there and the stream in its account inbox',
      cases: [],
      rules: ['stream.reply.subject', 'stream.reply.final'],
      needs: ['streams'],
    },
    async (stage) => {
      const { judge } = stage;
      const peer = await stage.peer({ handle: { how: 'stream', pieces: story } });
      const asker = await receiving(stage);
      const request = aMessage({ from: asker.accountId, to: peer.accountId, kind: 'request' });
      const asked = stage.client.request(subjects.accountInbox(peer.accountId), request, 30_000);
      const reply = await judge.comes('stream.reply.final', 'a reply', asked);
      const end = { kind: 'reply', payload: { type: 'stream_end', text: whole } };
      judge.matches('stream.reply.final', reply.json, end, 'the reply after the stream');
      const events = await judge.comes('stream.reply.subject', 'the stream in the inbox', untilEnd(asker.inbox));
      const { thread_id, message_id: parent_message_id } = request;
      for (const { json } of events)
        judge.matches(
          'stream.reply.subject',
          json,
          { thread_id, parent_message_id, kind: 'stream' },
          'an event of the answer',
        );
    },
  ),
  agentScenario(
    {
      id: 'streams.reply-inbox',
      title:
        'given a requester with a reply inbox of the protocol, when the answer is a stream, then it comes there, and the reply last',
      cases: [],
      rules: ['stream.reply.subject', 'stream.reply.first', 'stream.reply.final'],
      needs: ['streams'],
    },
    async (stage) => {
      const { judge, client } = stage;
      const peer = await stage.peer({ handle: { how: 'stream', pieces: story } });
      const asker = await stage.account();
      const replySubject = subjects.replyInbox(asker.sessionTag, stage.name('token'));
      const replies = await client.subscribe(replySubject);
      const request = aMessage({ from: asker.accountId, to: peer.accountId, kind: 'request' });
      client.publish(subjects.accountInbox(peer.accountId), request, { reply: replySubject });
      const isReply = ({ json }: Frame) => (json as SentMessage).kind === 'reply';
      const before = await judge.comes('stream.reply.final', 'a final reply', replies.collectUntil(isReply, 30_000));
      const types = typesOf(before);
      const expected = ['stream_start', ...types.slice(2).map(() => 'stream_delta'), 'stream_end'];
      judge.equal('stream.reply.subject', types, expected, 'what comes before the reply');
      judge.equal('stream.reply.subject', asker.inbox.received.length, 0, 'messages in the account inbox');
    },
  ),
  agentScenario(
    {
      id: 'streams.ask-inbox',
      title:
        'given a responder that streams to the account inbox, when an agent without a handler asks it, then it gets the stream',
      cases: [],
      rules: ['stream.ask.inbox', 'stream.reply.first'],
      needs: ['streams'],
    },
    async (stage) => {
      const { judge, client } = stage;
      const [teller, peer] = [await stage.account(), await stage.peer({ handle: null })];
      const asking = peer.askStream({ to: teller.accountId, payload: 'a story, please' });
      const request = (await teller.inbox.next()).json as SentMessage;
      const events = [
        { type: 'stream_start', stream_id: 's' },
        ...story.map((piece, seq) => delta('s', seq, piece)),
        { type: 'stream_end', stream_id: 's', seq: story.length, text: whole },
      ];
      for (const payload of events) {
        const ids = { from: teller.accountId, to: peer.accountId, thread_id: request.thread_id };
        client.publish(subjects.accountInbox(peer.accountId), aMessage({ ...ids, kind: 'stream', payload }));
      }
      const { pieces, end } = await judge.comes('stream.ask.inbox', 'the whole answer', asking);
      judge.matches('stream.ask.inbox', end, { saw: 'answer', text: whole }, 'the answer');
      judge.equal('stream.ask.inbox', pieces.join(''), whole, 'the pieces of the answer');
      const settled = () => teller.receipts.received.filter(({ text }) => text.includes('"processed"')).length;
      const all = eventually(() => settled() === events.length, { timeoutMs: 20_000 });
      await judge.comes('receipt.happy', 'receipts for the events', all);
    },
  ),
];
