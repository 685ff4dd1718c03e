import { type JsonValue, limits } from '@agentnet/protocol';
import { beforeEach, describe, expect, it } from 'vitest';
import type { ReceivedMessage } from '../../src/index.js';
import { type ReceivedStream, StreamAssembler } from '../../src/streams/stream-assembler.js';
import { FakeClock } from '../harness/fake-clock.js';

let clock: FakeClock;
let streams: ReceivedStream[];
let assembler: StreamAssembler;

beforeEach(() => {
  clock = new FakeClock();
  streams = [];
  assembler = new StreamAssembler({ clock, maxOpen: 3, onStream: (stream) => void streams.push(stream) });
});

function aMessage(payload: JsonValue, fields: Partial<ReceivedMessage> = {}): ReceivedMessage {
  const message = { message_id: 'm', thread_id: 't', kind: 'stream', schema_version: '1.1', from_account_id: 'acct_a' };
  return { ...message, payload, ...fields };
}

const delta = (stream_id: string, seq: number): JsonValue => ({
  type: 'stream_delta',
  stream_id,
  seq,
  delta: `${seq}`,
});
const end = (stream_id: string, seq: number): JsonValue => ({ type: 'stream_end', stream_id, seq });

describe('telling streams apart', () => {
  it('given one stream id from two accounts and in two threads, when they mix, then each is joined by itself', async () => {
    const from = [{}, { from_account_id: 'acct_b' }, { thread_id: 'other' }];
    for (const seq of [0, 1]) for (const fields of from) assembler.take(aMessage(delta('s', seq), fields));
    for (const fields of from) assembler.take(aMessage(end('s', 2), fields));
    expect(await Promise.all(streams.map(({ text }) => text))).toEqual(['01', '01', '01']);
  });

  it('given a message that is no stream event, when it is offered, then it is left to others', () => {
    expect(assembler.take(aMessage(delta('s', 0), { kind: 'direct' }))).toBe(false);
    expect(assembler.take(aMessage({ type: 'stream_delta' }))).toBe(false);
    expect(streams).toEqual([]);
  });
});

describe('bounds', () => {
  it('given as many open streams as allowed, when one more begins, then it is refused as busy and the others go on', async () => {
    for (const id of ['a', 'b', 'c']) assembler.take(aMessage(delta(id, 0)));
    expect(() => assembler.take(aMessage(delta('d', 0)))).toThrow(expect.objectContaining({ code: 'busy' }));
    assembler.take(aMessage(end('a', 1)));
    assembler.take(aMessage(delta('d', 0)));
    expect(streams.map(({ stream_id }) => stream_id)).toEqual(['a', 'b', 'c', 'd']);
  });

  it('given a stream that ended, when its events arrive late, then no second one is opened', () => {
    assembler.take(aMessage(delta('s', 0)));
    assembler.take(aMessage(end('s', 1)));
    assembler.take(aMessage(delta('s', 0)));
    expect([streams.length, assembler.open]).toEqual([1, 0]);
  });

  it('given a stream nobody continues, when the idle time is over, then its place is free', () => {
    assembler.take(aMessage(delta('s', 0)));
    clock.advance(limits.streamIdleTimeoutMs);
    expect(assembler.open).toBe(0);
  });

  it('given open streams, when the assembler is closed, then their readers hear of it', async () => {
    assembler.take(aMessage(delta('s', 0)));
    assembler.close();
    await expect(streams[0]?.text).rejects.toMatchObject({ code: 'connection_closed' });
  });
});
