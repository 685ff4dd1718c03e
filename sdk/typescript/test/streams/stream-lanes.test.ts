import { limits } from '@agentnet/protocol';
import { describe, expect, it } from 'vitest';
import { OpenStreams } from '../../src/inbox/open-streams.js';
import { StreamLanes } from '../../src/inbox/stream-lanes.js';
import type { ReceivedMessage } from '../../src/received-message.js';
import { Pacer } from '../../src/streams/pacer.js';
import type { StreamEvent } from '../../src/streams/stream-event.js';
import { FakeClock } from '../harness/fake-clock.js';

function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** Lanes whose work ends when the test says so. */
function someLanes(maxConcurrency = 2) {
  const started: string[] = [];
  const finish = new Map<string, () => void>();
  const work = (item: string) => {
    started.push(item);
    return new Promise<void>((resolve) => void finish.set(item, resolve));
  };
  const lanes = new StreamLanes<string>({ maxPending: 3, maxConcurrency }, work);
  const end = async (item: string) => {
    finish.get(item)?.();
    await settled();
  };
  return { lanes, started, end };
}

describe('lanes', () => {
  it('given two streams, when both have work, then each goes on in its own order beside the other', async () => {
    const { lanes, started, end } = someLanes();
    for (const item of ['a1', 'a2', 'b1']) lanes.push(item.charAt(0), item);
    expect(started).toEqual(['a1', 'b1']);
    await end('b1');
    expect(started).toEqual(['a1', 'b1']);
    await end('a1');
    expect(started).toEqual(['a1', 'b1', 'a2']);
  });

  it('given more streams than workers, when one item ends, then the stream that waited has its turn first', async () => {
    const { lanes, started, end } = someLanes(1);
    for (const item of ['a1', 'a2', 'b1']) lanes.push(item.charAt(0), item);
    await end('a1');
    expect(started).toEqual(['a1', 'b1']);
  });

  it('given waiting items, when they are as many as allowed, then there is no room, and taking them back empties the lanes', async () => {
    const { lanes, started, end } = someLanes(1);
    for (const item of ['a1', 'a2', 'a3', 'b1']) lanes.push(item.charAt(0), item);
    expect(lanes.hasRoom).toBe(false);
    expect(lanes.takePending()).toEqual(['a2', 'a3', 'b1']);
    const idle = lanes.idle();
    await end('a1');
    await idle;
    lanes.push('b', 'b2');
    expect(started).toEqual(['a1', 'b2']);
  });
});

describe('open streams', () => {
  const message = { message_id: 'm', thread_id: 't', kind: 'stream', schema_version: '1.1', payload: null };
  const from = (from_account_id: string): ReceivedMessage => ({ ...message, from_account_id });
  const spoken = { role: 'assistant', content_type: 'text/plain' };
  const start = (stream_id: string): StreamEvent => ({ type: 'stream_start', stream_id, ...spoken, metadata: {} });
  const delta = (stream_id: string): StreamEvent => ({ type: 'stream_delta', stream_id, ...spoken, seq: 1, delta: '' });
  const end = (stream_id: string): StreamEvent => ({ type: 'stream_end', stream_id, ...spoken, seq: 2, metadata: {} });

  it('given a stream, when it was not opened, was opened, and has ended, then its deltas are part of one only in between', () => {
    const open = new OpenStreams(new FakeClock());
    const isPart = () => open.isPartOfOne(from('a'), delta('s'));
    expect(isPart()).toBe(false);
    open.note(from('a'), start('s'));
    expect([isPart(), open.isPartOfOne(from('b'), delta('s')), open.isPartOfOne(from('a'), start('s'))]).toEqual([
      true,
      false,
      false,
    ]);
    open.note(from('a'), end('s'));
    expect(isPart()).toBe(false);
  });

  it('given as many open streams as one sender may have, when it opens another, then that one has no limit of its own until others are idle', () => {
    const clock = new FakeClock();
    const open = new OpenStreams(clock);
    for (let index = 0; index <= limits.streamMaxOpen; index++) open.note(from('a'), start(`s${index}`));
    const last = `s${limits.streamMaxOpen}`;
    expect(open.isPartOfOne(from('a'), delta(last))).toBe(false);
    clock.advance(limits.streamIdleTimeoutMs);
    open.note(from('a'), start(last));
    expect([open.isPartOfOne(from('a'), delta(last)), open.isPartOfOne(from('a'), delta('s0'))]).toEqual([true, false]);
  });
});

describe('the pacer', () => {
  it('given a rate and a burst, when tokens are taken as fast as they come, then no window has more than both allow', async () => {
    const clock = new FakeClock();
    const pacer = new Pacer(limits.rateLimitPerSecond, limits.streamSendBurst, clock);
    let taken = 0;
    const take = async () => {
      for (;;) {
        await pacer.take();
        taken++;
      }
    };
    void take();
    await settled();
    expect(taken).toBe(limits.streamSendBurst);
    for (let second = 0; second < 10; second++) {
      for (let step = 0; step < 20; step++) {
        clock.advance(50);
        await settled();
      }
    }
    expect(taken).toBeLessThanOrEqual(limits.streamSendBurst + 10 * limits.rateLimitPerSecond);
    expect(taken).toBeGreaterThanOrEqual(limits.streamSendBurst + 9 * limits.rateLimitPerSecond);
  });
});
