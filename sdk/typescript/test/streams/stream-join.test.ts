import { limits } from '@agentnet/protocol';
import { beforeEach, describe, expect, it } from 'vitest';
import type { StreamEvent } from '../../src/streams/stream-event.js';
import { resolveBounds, type StreamBounds, StreamJoin } from '../../src/streams/stream-join.js';
import { FakeClock } from '../harness/fake-clock.js';

const spoken = { stream_id: 's', role: 'assistant', content_type: 'text/plain' };
const start = (first_seq?: number): StreamEvent => ({
  type: 'stream_start',
  ...spoken,
  metadata: {},
  ...(first_seq === undefined ? {} : { first_seq }),
});
const delta = (seq: number, text = `<${seq}>`): StreamEvent => ({ type: 'stream_delta', ...spoken, seq, delta: text });
const end = (seq: number, text?: string): StreamEvent => ({
  type: 'stream_end',
  ...spoken,
  seq,
  metadata: {},
  ...(text === undefined ? {} : { text }),
});
const error = (text: string): StreamEvent => ({
  type: 'stream_error',
  stream_id: 's',
  error: text,
  seq: 0,
  metadata: {},
});

let clock: FakeClock;
beforeEach(() => {
  clock = new FakeClock();
});

function aJoin(bounds: StreamBounds = {}): StreamJoin {
  return new StreamJoin(resolveBounds(bounds), clock);
}

function joined(events: readonly StreamEvent[]): StreamJoin {
  const join = aJoin();
  for (const event of events) join.take(event);
  return join;
}

async function piecesOf(join: StreamJoin): Promise<string[]> {
  const pieces: string[] = [];
  for await (const piece of join.feed) pieces.push(piece);
  return pieces;
}

/** The same numbers for the same seed, so that a failure can be repeated. */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_664_525 + 1_013_904_223) % 2 ** 32;
    return state / 2 ** 32;
  };
}

function shuffled<T>(items: readonly T[], next: () => number): T[] {
  const keyed = items.map((item) => ({ item, key: next() }));
  return keyed.sort((a, b) => a.key - b.key).map(({ item }) => item);
}

describe('order', () => {
  it.each([
    0, 1,
  ])('given a stream from %i, when its deltas come in any order and repeated, then it reads in the order of seq', async (first) => {
    for (let seed = 1; seed <= 200; seed++) {
      const next = random(seed);
      const deltas = Array.from({ length: 1 + Math.floor(next() * 12) }, (_, index) => delta(first + index));
      const repeated = [...deltas, ...deltas.filter(() => next() < 0.4)];
      const isAnnounced = next() < 0.5;
      const events = shuffled([...repeated, ...(isAnnounced ? [start(first)] : [])], next);
      const join = joined(events);
      join.take(end(first + deltas.length));
      const whole = deltas.map((_, index) => `<${first + index}>`).join('');
      expect({ seed, text: await join.feed.text }).toEqual({ seed, text: whole });
      expect((await piecesOf(join)).join('')).toBe(whole);
    }
  });

  it('given deltas in order, when each arrives, then it can be read at once', async () => {
    const join = joined([start(1), delta(1), delta(2)]);
    const pieces = join.feed[Symbol.asyncIterator]();
    expect([(await pieces.next()).value, (await pieces.next()).value]).toEqual(['<1>', '<2>']);
  });

  it('given a stream that says not where it begins, when 0 does not come in time, then it begins at 1', async () => {
    const join = joined([start(), delta(1)]);
    const pieces = join.feed[Symbol.asyncIterator]();
    const first = pieces.next();
    clock.advance(limits.streamFirstWaitMs);
    expect((await first).value).toBe('<1>');
  });

  it('given an end that repeats the last number, when everything is there, then the stream is whole', async () => {
    expect(await joined([start(1), delta(1), delta(2), end(2)]).feed.text).toBe('<1><2>');
  });

  it('given an end that comes before the last delta, when that arrives, then the stream is whole', async () => {
    expect(await joined([start(1), delta(1), end(3), delta(2)]).feed.text).toBe('<1><2>');
  });

  it('given a stream without deltas, when it ends, then its text is empty', async () => {
    expect(await joined([start(1), end(1)]).feed.text).toBe('');
  });
});

describe('the final text', () => {
  it('given other deltas, when the final text comes, then it wins', async () => {
    const join = joined([start(1), delta(1, 'helo'), end(2, 'hello')]);
    expect(await join.feed.text).toBe('hello');
    expect(await piecesOf(join)).toEqual(['helo']);
  });

  it('given a gap, when the final text comes, then the rest of it is read instead', async () => {
    const join = joined([start(1), delta(1, 'a'), delta(3, 'c'), end(4, 'abc')]);
    expect(await piecesOf(join)).toEqual(['a', 'bc']);
  });
});

describe('gaps', () => {
  it('given a missing delta, when it comes within the wait, then nothing is lost', async () => {
    const join = joined([start(1), delta(1), delta(3)]);
    clock.advance(limits.streamGapWaitMs - 1);
    join.take(delta(2));
    join.take(end(4));
    expect(await join.feed.text).toBe('<1><2><3>');
  });

  it('given a missing delta, when the wait is over, then the reader has what came before it and stream_gap', async () => {
    const join = joined([start(1), delta(1), delta(3)]);
    clock.advance(limits.streamGapWaitMs);
    const pieces = join.feed[Symbol.asyncIterator]();
    expect((await pieces.next()).value).toBe('<1>');
    await expect(pieces.next()).rejects.toMatchObject({ code: 'stream_gap' });
    await expect(join.feed.text).rejects.toMatchObject({ code: 'stream_gap' });
  });

  it('given an end without text, when the last delta never comes, then it is stream_gap', async () => {
    const join = joined([start(1), delta(1), end(3)]);
    clock.advance(limits.streamGapWaitMs);
    await expect(join.feed.text).rejects.toMatchObject({ code: 'stream_gap' });
  });

  it('given two gaps one after the other, when the first closes, then the second has its full time', async () => {
    const join = joined([start(1), delta(2), delta(4)]);
    clock.advance(limits.streamGapWaitMs - 1);
    join.take(delta(1));
    clock.advance(limits.streamGapWaitMs - 1);
    join.take(delta(3));
    join.take(end(5));
    expect(await join.feed.text).toBe('<1><2><3><4>');
  });
});

describe('the end of a stream that fails', () => {
  it('given stream_error, when it arrives, then the reader has the text so far and the error with its detail', async () => {
    const join = joined([start(1), delta(1), error('the model is gone')]);
    const pieces = join.feed[Symbol.asyncIterator]();
    expect((await pieces.next()).value).toBe('<1>');
    await expect(pieces.next()).rejects.toMatchObject({ code: 'stream_failed', remoteDetail: 'the model is gone' });
  });

  it('given silence, when the idle time is over, then it is stream_timeout', async () => {
    const join = joined([start(1), delta(1)]);
    clock.advance(limits.streamIdleTimeoutMs);
    await expect(join.feed.text).rejects.toMatchObject({ code: 'stream_timeout' });
  });

  it('given more text than allowed, when it arrives, then it is stream_too_large', async () => {
    const join = aJoin({ maxBytes: 10 });
    for (const event of [start(1), delta(1, '123456'), delta(1, '123456'), delta(2, '12345')]) join.take(event);
    await expect(join.feed.text).rejects.toMatchObject({ code: 'stream_too_large' });
  });

  it('given a far end of a stream, when very many deltas wait for a missing one, then they are not kept for ever', async () => {
    const join = joined([
      start(1),
      ...Array.from({ length: limits.streamMaxPending + 1 }, (_, index) => delta(index + 2)),
    ]);
    await expect(join.feed.text).rejects.toMatchObject({ code: 'stream_gap' });
  });
});
