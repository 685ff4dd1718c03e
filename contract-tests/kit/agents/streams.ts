import { type JsonValue, limits, type Receipt, type SentMessage, subjects } from '@agentnet/protocol';
import { aMessage } from '../../harness/message-builder.js';
import type { Frame } from '../../harness/raw-subscription.js';
import { delta, isEnd, payloadOf, typesOf } from '../../harness/stream-frames.js';
import { type AgentStage, agentScenario, type Scenario } from '../core/scenario.js';
import { errorOf, type JoinOptions } from '../peer-process/acting-peer.js';
import { receiving, story, untilEnd, whole } from './receiving.js';

/** An agent that joins streams, and an account that sends it events. */
async function reading(stage: AgentStage, options: JoinOptions = {}) {
  const [peer, sender] = [await stage.peer({ join_streams: true, ...options }), await stage.account()];
  const publish = (payload: JsonValue): void => {
    const ids = { from: sender.accountId, to: peer.accountId, thread_id: `thread_${sender.accountId}` };
    stage.client.publish(subjects.accountInbox(peer.accountId), aMessage({ ...ids, kind: 'stream', payload }));
  };
  const joined = (stream_id: string) => peer.observes('streamed', (seen) => seen.stream_id === stream_id);
  return { peer, sender, publish, joined };
}

export const streamScenarios: readonly Scenario[] = [
  agentScenario(
    {
      id: 'streams.events',
      title:
        'given text in pieces, when it is streamed, then start, numbered deltas and an end with the whole text arrive in one thread',
      cases: ['X-01'],
      rules: ['stream.events', 'stream.events.seq', 'stream.first-seq'],
      needs: ['streams'],
    },
    async (stage) => {
      const { judge } = stage;
      const [receiver, peer] = [await receiving(stage), await stage.peer()];
      const thread_id = stage.name('thread');
      const sent = await peer.stream({ to: receiver.accountId, pieces: story, thread_id });
      judge.matches('stream.events', sent, { saw: 'done' }, 'how the streaming ends');
      const frames = await judge.comes('stream.events', 'the end of the stream', untilEnd(receiver.inbox));
      const kinds = new Set(frames.map(({ json }) => (json as SentMessage).kind));
      judge.equal('stream.events', [...kinds], ['stream'], 'the kinds of the messages');
      const threads = new Set(frames.map(({ json }) => (json as SentMessage).thread_id));
      judge.equal('stream.events', [...threads], [thread_id], 'the threads of the messages');
      const types = typesOf(frames);
      const expected = ['stream_start', ...types.slice(2).map(() => 'stream_delta'), 'stream_end'];
      judge.equal('stream.events', types, expected, 'the events in their order');
      const [start, ...rest] = frames.map(payloadOf);
      const ids = new Set([start, ...rest].map((event) => event?.['stream_id']));
      judge.equal('stream.events', ids.size, 1, 'different stream ids');
      const deltas = rest.slice(0, -1);
      const firstSeq = Number(start?.['first_seq']);
      judge.equal(
        'stream.events.seq',
        deltas.map(({ seq }) => seq),
        deltas.map((_, index) => firstSeq + index),
        'seq of the deltas',
      );
      judge.holds('stream.first-seq', Number.isInteger(firstSeq), 'a whole first_seq in stream_start', start);
      const { text = whole } = rest.at(-1) ?? {};
      judge.equal('stream.events', text, whole, 'the text of the end, if it has one');
      judge.equal('stream.events', deltas.map((event) => event['delta']).join(''), whole, 'the joined deltas');
    },
  ),
  agentScenario(
    {
      id: 'streams.plain',
      title:
        'given messages of kind stream that are no events, when they arrive, then the handler gets them as plain messages',
      cases: ['X-03'],
      rules: ['stream.read.none'],
      needs: ['streams'],
    },
    async (stage) => {
      const { peer, publish } = await reading(stage, { rate_limit_per_second: null, max_concurrency: 1 });
      const none = [{ type: 'stream_start' }, { type: 'stream_error', stream_id: 's' }, { text: 'hi' }];
      for (const payload of none) publish(payload);
      const received = await stage.judge.comes('stream.read.none', 'three plain messages', peer.receives(3));
      stage.judge.equal(
        'stream.read.none',
        received.map(({ payload }) => payload),
        none,
        'payloads at the handler',
      );
    },
  ),
  agentScenario(
    {
      id: 'streams.reassembly',
      title:
        'given deltas out of order and repeated, when they are joined, then each is there once in the order of seq',
      cases: ['X-02', 'X-04'],
      rules: ['stream.reassembly', 'stream.first-seq', 'stream.end-text', 'stream.read.defaults', 'stream.read.type'],
      needs: ['streams'],
    },
    async (stage) => {
      const { judge } = stage;
      const { publish, joined } = await reading(stage);
      publish({ type: 'stream_start', stream_id: 'a' });
      for (const seq of [1, 0, 3, 1, 2, 0]) publish(delta('a', seq));
      publish({ type: 'stream_end', stream_id: 'a', seq: 4 });
      const first = await judge.comes('stream.reassembly', 'a whole stream', joined('a'));
      judge.equal('stream.reassembly', first.text, '<0><1><2><3>', 'deltas 1, 0, 3, 1, 2, 0');
      publish({ type: 'stream_start', stream_id: 'b' });
      publish(delta('b', 0, 'helo'));
      publish({ type: 'stream_end', stream_id: 'b', seq: 1, text: 'hello' });
      const second = await judge.comes('stream.end-text', 'a whole stream', joined('b'));
      judge.equal('stream.end-text', second.text, 'hello', 'a stream whose end has a text');
      publish({ type: ' STREAM_START ', stream_id: 'c', role: null });
      publish({ type: 'Stream_Delta', stream_id: 'c', delta: 'x', seq: -1 });
      publish({ type: 'stream_end', stream_id: 'c', seq: 1 });
      const third = await judge.comes('stream.read.type', 'a stream with types in capitals', joined('c'));
      judge.equal('stream.read.defaults', third.text, 'x', 'a delta with a negative seq');
    },
  ),
  agentScenario(
    {
      id: 'streams.gap',
      title:
        'given a missing delta, when the stream ends without and with a final text, then the reader gets stream_gap, and the text',
      cases: ['X-04'],
      rules: ['stream.gap'],
      needs: ['streams'],
    },
    async (stage) => {
      const { publish, joined } = await reading(stage);
      for (const stream_id of ['a', 'b']) {
        publish({ type: 'stream_start', stream_id });
        publish(delta(stream_id, 0));
        publish(delta(stream_id, 2));
      }
      publish({ type: 'stream_end', stream_id: 'b', seq: 3, text: '<0><1><2>' });
      publish({ type: 'stream_end', stream_id: 'a', seq: 3 });
      const text = await stage.judge.comes('stream.gap', 'the stream with a final text', joined('b'));
      stage.judge.equal('stream.gap', text.text, '<0><1><2>', 'a stream with a gap and a final text');
      const gap = await stage.judge.comes('stream.gap', 'the end of the other stream', joined('a'));
      stage.judge.equal('stream.gap', gap.code, 'stream_gap', 'a stream with a gap');
    },
  ),
  agentScenario(
    {
      id: 'streams.throughput',
      title:
        'given a receiver with default limits, when 200 deltas come at full speed, then its handler gets all in order',
      cases: ['X-05'],
      rules: ['stream.throughput'],
      needs: ['streams'],
    },
    async (stage) => {
      const { sender, publish, joined } = await reading(stage);
      publish({ type: 'stream_start', stream_id: 's' });
      for (let seq = 0; seq < 200; seq += 1) publish(delta('s', seq));
      publish({ type: 'stream_end', stream_id: 's', seq: 200 });
      const { text } = await stage.judge.comes('stream.throughput', 'the whole stream', joined('s'));
      const expected = Array.from({ length: 200 }, (_, seq) => `<${seq}>`).join('');
      stage.judge.equal('stream.throughput', text, expected, '200 deltas');
      const refused = sender.receipts.received.filter(({ text: receipt }) => receipt.includes('"rejected"'));
      stage.judge.equal(
        'stream.throughput',
        refused.map((frame) => frame.text),
        [],
        'refused events',
      );
    },
  ),
  agentScenario(
    {
      id: 'streams.limit',
      title:
        'given deltas of a stream that was never opened, when more come than the ordinary limit allows, then the rest are rate_limited',
      cases: ['X-05'],
      rules: ['stream.limit'],
      needs: ['streams'],
    },
    async (stage) => {
      const { sender, publish } = await reading(stage);
      for (let seq = 0; seq < limits.rateLimitBurst + 20; seq += 1) publish(delta('never opened', seq));
      const where = ({ json }: Frame) => (json as Receipt).code === 'rate_limited';
      await stage.judge.comes('stream.limit', 'a receipt "rate_limited"', sender.receipts.next({ where }));
    },
  ),
  agentScenario(
    {
      id: 'streams.pace',
      title:
        'given a receiver that refuses every first copy, when text is streamed, then each event is sent again before the next one',
      cases: ['X-05'],
      rules: ['stream.pace'],
      needs: ['streams'],
    },
    async (stage) => {
      const seen = new Set<string>();
      const receiver = await receiving(stage, ({ payload }) => {
        const { type, seq } = payload as { type: string; seq?: number };
        const isFirst = !seen.has(`${type} ${seq}`);
        seen.add(`${type} ${seq}`);
        return isFirst ? { status: 'rejected', code: seen.size % 2 ? 'rate_limited' : 'busy' } : {};
      });
      const peer = await stage.peer();
      const sent = await peer.stream({ to: receiver.accountId, pieces: ['all of it'] });
      stage.judge.matches('stream.pace', sent, { saw: 'done' }, 'how the streaming ends');
      const twice = ['stream_start', 'stream_delta', 'stream_end'].flatMap((type) => [type, type]);
      stage.judge.equal('stream.pace', typesOf(receiver.inbox.received), twice, 'the events, each sent again');
    },
  ),
  agentScenario(
    {
      id: 'streams.bucket',
      title: 'given a receiver with the default rate limit, when a long text is streamed, then nothing is ever refused',
      cases: ['X-05'],
      rules: ['stream.pace'],
      needs: ['streams'],
    },
    async (stage) => {
      let tokens: number = limits.rateLimitBurst;
      let filledAt = performance.now();
      let refused = 0;
      const receiver = await receiving(stage, () => {
        const now = performance.now();
        tokens = Math.min(limits.rateLimitBurst, tokens + ((now - filledAt) / 1000) * limits.rateLimitPerSecond);
        filledAt = now;
        if (tokens < 1) refused += 1;
        tokens -= 1;
        return {};
      });
      const peer = await stage.peer();
      const pieces = Array.from({ length: 12 }, () => 'x'.repeat(limits.streamDeltaMaxBytes / 2));
      await peer.stream({ to: receiver.accountId, pieces });
      stage.judge.equal('stream.pace', refused, 0, 'events beyond the rate limit');
    },
  ),
  agentScenario(
    {
      id: 'streams.source',
      title:
        'given a source that fails, when it is streamed, then the receiver gets what it gave and stream_error without its text',
      cases: [],
      rules: ['stream.source', 'stream.source.whole'],
      needs: ['streams'],
    },
    async (stage) => {
      const [receiver, peer] = [await receiving(stage), await stage.peer()];
      const sent = await peer.stream({ to: receiver.accountId, pieces: ['so ', 'far, ', 'so good'], fail: true });
      stage.judge.equal('stream.source', errorOf(sent).code, 'stream_source_failed', 'how the streaming ends');
      const last = await stage.judge.comes(
        'stream.source',
        'an end of the stream',
        receiver.inbox.next({ where: isEnd }),
      );
      stage.judge.matches('stream.source', payloadOf(last), { type: 'stream_error' }, 'the last event');
      stage.judge.holds('stream.source', !last.text.includes('secret'), 'no text of the failure', last.text);
      const text = receiver.inbox.received
        .map((frame) => (payloadOf(frame) as { delta?: string }).delta ?? '')
        .join('');
      stage.judge.equal('stream.source.whole', text, 'so far, so good', 'the deltas');
    },
  ),
];
