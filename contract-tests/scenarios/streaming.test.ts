import { type JsonValue, limits, type Receipt, type SentMessage, subjects } from '@agentnet/protocol';
import { type ReceivedStream, readStreamEvent, streamHandler } from '@agentnet/sdk';
import { expect } from 'vitest';
import { aMessage, eventually, onEachDatabase, rawAccount, rule, useNetwork } from '../harness/index.js';
import { delta, isEnd, payloadOf, piecesOf, receivingAccount, typesOf } from '../harness/stream-frames.js';

onEachDatabase('streaming', (database) => {
  const network = useNetwork(database, { env: { AGENT_TTL_SECONDS: '60' } });

  /** A raw sender and what an agent made of its streams. */
  async function aStreamReader(bounds: { gapWaitMs?: number; maxBytes?: number } = {}) {
    const streams: ReceivedStream[] = [];
    const onStream = (stream: ReceivedStream) => void streams.push(stream);
    const peer = await network().peer({ onMessage: streamHandler(onStream, bounds) });
    const sender = await rawAccount(network().client);
    const publish = (payload: JsonValue) => {
      const thread_id = `thread_${sender.accountId}`;
      const to = peer.accountId;
      const message = aMessage({ from: sender.accountId, to, kind: 'stream', thread_id, payload });
      network().client.publish(subjects.accountInbox(to), message);
    };
    const first = () => eventually(() => streams[0], { until: (stream) => stream !== undefined });
    return { peer, sender, streams, publish, first };
  }

  rule(
    ['stream.events', 'stream.events.seq', 'stream.first-seq'],
    'given text in three pieces, when it is streamed, then start, three deltas and an end with the whole text arrive in one thread',
    async () => {
      const receiver = await receivingAccount(network());
      const sender = await network().peer();
      async function* slowly() {
        for (const [index, piece] of ['one ', 'two ', 'three'].entries()) {
          yield piece;
          await eventually(() => receiver.inbox.received.length > index + 1);
        }
      }
      const sent = await sender.node.streamText({ to: receiver.accountId, chunks: slowly(), threadId: 'thread_x01' });
      const frames = receiver.inbox.received;
      const events = frames.map(payloadOf);
      expect(frames.map(({ json }) => (json as SentMessage).kind)).toEqual(Array(5).fill('stream'));
      expect(new Set(frames.map(({ json }) => (json as SentMessage).thread_id))).toEqual(new Set(['thread_x01']));
      const spoken = { stream_id: sent.streamId, role: 'assistant', content_type: 'text/plain' };
      expect(events).toEqual([
        { type: 'stream_start', ...spoken, first_seq: 1, started_at: expect.any(String), metadata: {} },
        { type: 'stream_delta', ...spoken, delta: 'one ', seq: 1 },
        { type: 'stream_delta', ...spoken, delta: 'two ', seq: 2 },
        { type: 'stream_delta', ...spoken, delta: 'three', seq: 3 },
        { type: 'stream_end', ...spoken, seq: 4, text: 'one two three', finished_at: expect.any(String), metadata: {} },
      ]);
    },
  );

  rule(
    ['stream.read.defaults', 'stream.read.type'],
    'given events as older peers write them, when they are read, then defaults are filled in and the type is recognised',
    () => {
      const spoken = { stream_id: 's', role: 'assistant', content_type: 'text/plain' };
      expect(readStreamEvent({ type: ' Stream_Delta ', stream_id: 's', delta: 'a', seq: '2' })).toEqual({
        type: 'stream_delta',
        ...spoken,
        delta: 'a',
        seq: 2,
      });
      expect(readStreamEvent({ type: 'stream_delta', stream_id: 's', seq: -1, role: null })).toEqual({
        type: 'stream_delta',
        ...spoken,
        delta: '',
        seq: 0,
      });
      expect(readStreamEvent({ type: 'STREAM_START', stream_id: 's' })).toEqual({
        type: 'stream_start',
        ...spoken,
        metadata: {},
      });
      expect(readStreamEvent({ type: 'stream_end', stream_id: 's', metadata: null })).toEqual({
        type: 'stream_end',
        ...spoken,
        seq: 0,
        metadata: {},
      });
      expect(readStreamEvent({ type: 'stream_error', stream_id: 's', error: 'gone', seq: '-3' })).toEqual({
        type: 'stream_error',
        stream_id: 's',
        error: 'gone',
        seq: 0,
        metadata: {},
      });
    },
  );

  rule('stream.read.none', 'given no stream id or an error without text, when it is read, then it is no event', () => {
    const none = [
      { type: 'stream_start' },
      { type: 'stream_delta', stream_id: '', delta: 'a' },
      { type: 'stream_end', stream_id: null },
      { type: 'stream_error', stream_id: 's' },
      { type: 'stream_error', stream_id: 's', error: '' },
      { type: 'note', stream_id: 's' },
      'stream_start',
      null,
    ];
    expect(none.map((payload) => readStreamEvent(payload))).toEqual(none.map(() => undefined));
  });

  rule(
    'stream.read.none',
    'given a message of kind stream whose payload is no event, when it arrives, then the handler gets it as a plain message',
    async () => {
      const peer = await network().peer();
      const sender = await rawAccount(network().client);
      const message = aMessage({ from: sender.accountId, to: peer.accountId, kind: 'stream', payload: { text: 'hi' } });
      network().client.publish(subjects.accountInbox(peer.accountId), message);
      await eventually(() => peer.handled.length === 1);
      expect(peer.handled[0]?.payload).toEqual({ text: 'hi' });
    },
  );

  rule(
    ['stream.reassembly', 'stream.first-seq'],
    'given deltas out of order and repeated and an end without text, when they are joined, then each is there once in the order of seq',
    async () => {
      const { publish, first } = await aStreamReader();
      publish({ type: 'stream_start', stream_id: 's' });
      for (const seq of [1, 0, 3, 1, 2, 0]) publish(delta('s', seq));
      publish({ type: 'stream_end', stream_id: 's', seq: 4 });
      const stream = await first();
      expect(await stream?.text).toBe('<0><1><2><3>');
    },
  );

  rule(
    'stream.end-text',
    'given an end with text, when the deltas say something else, then the text wins',
    async () => {
      const { publish, first } = await aStreamReader();
      publish({ type: 'stream_start', stream_id: 's' });
      publish(delta('s', 0, 'helo'));
      publish({ type: 'stream_end', stream_id: 's', seq: 1, text: 'hello' });
      expect(await (await first())?.text).toBe('hello');
    },
  );

  rule(
    'stream.gap',
    'given a missing delta, when the stream ends without and with a final text, then the reader gets stream_gap, and the text',
    async () => {
      const { publish, streams } = await aStreamReader({ gapWaitMs: 50 });
      for (const stream_id of ['a', 'b']) {
        publish({ type: 'stream_start', stream_id });
        publish(delta(stream_id, 0));
        publish(delta(stream_id, 2));
      }
      publish({ type: 'stream_end', stream_id: 'b', seq: 3, text: '<0><1><2>' });
      publish({ type: 'stream_end', stream_id: 'a', seq: 3 });
      await eventually(() => streams.length === 2);
      await expect(streams[0]?.text).rejects.toMatchObject({ code: 'stream_gap' });
      expect(await streams[1]?.text).toBe('<0><1><2>');
    },
  );

  rule(
    'stream.bounds',
    'given a stream with more text than allowed, when it arrives, then its reader gets stream_too_large',
    async () => {
      const { publish, first } = await aStreamReader({ maxBytes: 10 });
      publish({ type: 'stream_start', stream_id: 's' });
      publish(delta('s', 0, 'more than ten bytes'));
      await expect((await first())?.text).rejects.toMatchObject({ code: 'stream_too_large' });
    },
  );

  rule(
    'stream.throughput',
    'given a receiver with default limits, when a raw sender publishes 200 deltas at full speed, then its handler gets all in order',
    async () => {
      const peer = await network().peer();
      const sender = await rawAccount(network().client);
      const events = [
        { type: 'stream_start', stream_id: 's' },
        ...Array.from({ length: 200 }, (_, seq) => delta('s', seq)),
        { type: 'stream_end', stream_id: 's', seq: 200 },
      ];
      for (const payload of events) {
        const ids = { from: sender.accountId, to: peer.accountId, thread_id: 'thread_x05' };
        network().client.publish(subjects.accountInbox(peer.accountId), aMessage({ ...ids, kind: 'stream', payload }));
      }
      await eventually(() => peer.handled.length === events.length);
      expect(peer.handled.map(({ payload }) => payload)).toEqual(events);
      const receipts = await sender.receipts.collectUntil(() => sender.receipts.received.length === 2 * events.length);
      expect(receipts.filter(({ json }) => (json as Receipt).status === 'rejected')).toEqual([]);
    },
  );

  rule(
    ['stream.throughput', 'stream.pace'],
    'given a source of 200 pieces at full speed, when it is streamed to an agent with default limits, then one reader gets all in order',
    async () => {
      const { peer, first } = await aStreamReader();
      const sender = await network().peer();
      const chunks = Array.from({ length: 200 }, (_, index) => `piece ${index}\n`);
      await sender.node.streamText({ to: peer.accountId, chunks });
      const stream = await first();
      expect((await piecesOf(stream as ReceivedStream)).join('')).toBe(chunks.join(''));
      expect(peer.node.metricsSnapshot().rate_limited_count).toBe(0);
    },
  );

  rule(
    'stream.pace',
    'given a receiver with the default rate limit and no other, when a long text is streamed, then nothing is ever refused',
    async () => {
      let tokens: number = limits.rateLimitBurst;
      let filledAt = performance.now();
      let refused = 0;
      const receiver = await receivingAccount(network(), () => {
        const now = performance.now();
        tokens = Math.min(limits.rateLimitBurst, tokens + ((now - filledAt) / 1000) * limits.rateLimitPerSecond);
        filledAt = now;
        if (tokens < 1) refused++;
        tokens--;
        return {};
      });
      const sender = await network().peer();
      const chunks = Array.from({ length: 12 }, () => 'x'.repeat(limits.streamDeltaMaxBytes / 2));
      const { deltas } = await sender.node.streamText({ to: receiver.accountId, chunks });
      expect({ refused, some: deltas > 3 }).toEqual({ refused: 0, some: true });
    },
    { timeout: 20_000 },
  );

  rule(
    'stream.pace',
    'given a receiver that refuses every first copy, when text is streamed, then each event is sent again before the next one',
    async () => {
      const seen = new Set<string>();
      const receiver = await receivingAccount(network(), ({ payload }) => {
        const event = JSON.stringify([(payload as { type: string }).type, (payload as { seq?: number }).seq]);
        const isFirst = !seen.has(event);
        seen.add(event);
        return isFirst ? { status: 'rejected', code: seen.size % 2 ? 'rate_limited' : 'busy' } : {};
      });
      const sender = await network().peer();
      await sender.node.streamText({ to: receiver.accountId, chunks: ['all of it'] });
      const twice = ['stream_start', 'stream_delta', 'stream_end'].flatMap((type) => [type, type]);
      expect(typesOf(receiver.inbox.received)).toEqual(twice);
    },
    { timeout: 20_000 },
  );

  rule(
    'stream.limit',
    'given deltas of a stream that was never opened, when more come than the ordinary limit allows, then the rest are rate_limited',
    async () => {
      const peer = await network().peer();
      const sender = await rawAccount(network().client);
      for (let seq = 0; seq < limits.rateLimitBurst + 5; seq++) {
        const message = aMessage({
          from: sender.accountId,
          to: peer.accountId,
          kind: 'stream',
          payload: delta('s', seq),
        });
        network().client.publish(subjects.accountInbox(peer.accountId), message);
      }
      await sender.receipts.next({ where: ({ json }) => (json as Receipt).code === 'rate_limited' });
      expect(peer.handled.length).toBeLessThan(limits.rateLimitBurst + 5);
    },
  );

  rule(
    ['stream.source', 'stream.source.whole'],
    'given a source that fails, when it is streamed, then the receiver gets what it gave and stream_error without the text, and the sender the cause',
    async () => {
      const receiver = await receivingAccount(network());
      const sender = await network().peer();
      async function* failing() {
        yield* ['so ', 'far, ', 'so good'];
        throw new Error('secret detail');
      }
      const streaming = sender.node.streamText({ to: receiver.accountId, chunks: failing() });
      await expect(streaming).rejects.toMatchObject({
        code: 'stream_source_failed',
        cause: { message: 'secret detail' },
      });
      const last = await receiver.inbox.next({ where: isEnd });
      expect(payloadOf(last)).toMatchObject({ type: 'stream_error', error: expect.not.stringContaining('secret') });
      expect(receiver.inbox.received.map((frame) => payloadOf(frame).delta ?? '').join('')).toBe('so far, so good');
    },
  );

  rule(
    'stream.source',
    'given a source that hangs, when its stream is cancelled, then the receiver gets stream_error and the source is left',
    async () => {
      const receiver = await receivingAccount(network());
      const sender = await network().peer();
      let isLeft = false;
      const hanging: AsyncIterable<string> = {
        [Symbol.asyncIterator]: () => ({
          next: () => new Promise(() => {}),
          return: async () => {
            isLeft = true;
            return { done: true, value: undefined };
          },
        }),
      };
      const cancel = new AbortController();
      const streaming = sender.node.streamText({ to: receiver.accountId, chunks: hanging, signal: cancel.signal });
      await receiver.inbox.next();
      cancel.abort();
      await expect(streaming).rejects.toMatchObject({ code: 'cancelled' });
      expect(payloadOf(await receiver.inbox.next({ where: isEnd })).type).toBe('stream_error');
      expect(isLeft).toBe(true);
    },
  );
});
