import { limits, type PayloadConvention } from '@agentnet/protocol';
import { beforeEach, describe, expect, it } from 'vitest';
import { type PumpOptions, pumpText, type StreamSink, type TextChunks } from '../../src/streams/pump-text.js';
import { StreamWriter } from '../../src/streams/stream-writer.js';
import { FakeClock } from '../harness/fake-clock.js';

const loneSurrogate = /\p{Surrogate}/u;

/** Takes events one at a time, when the test says so. */
class GatedSink implements StreamSink {
  readonly flushMs = 100;
  readyInMs = 0;
  readonly events: PayloadConvention[] = [];
  isOpen = true;
  #release: (() => void) | undefined;

  async send(event: PayloadConvention): Promise<void> {
    this.events.push(event);
    if (!this.isOpen) await new Promise<void>((resolve) => (this.#release = resolve));
  }

  release(): void {
    this.#release?.();
  }

  get deltas(): string[] {
    return this.events.flatMap((event) => (event.type === 'stream_delta' ? [event.delta ?? ''] : []));
  }
}

/** A source that gives what the test pushes and counts how often it was asked. */
class Source implements AsyncIterable<string> {
  asked = 0;
  isLeft = false;
  #give: ((result: IteratorResult<string>) => void) | undefined;

  [Symbol.asyncIterator](): AsyncIterator<string> {
    return {
      next: () => {
        this.asked++;
        return new Promise((resolve) => (this.#give = resolve));
      },
      return: async () => {
        this.isLeft = true;
        return { done: true, value: undefined };
      },
    };
  }

  async push(value: string): Promise<void> {
    this.#give?.({ done: false, value });
    await settled();
  }

  async end(): Promise<void> {
    this.#give?.({ done: true, value: undefined });
    await settled();
  }
}

/** Lets everything run that waits for nothing but promises. */
function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

let clock: FakeClock;
let sink: GatedSink;
let source: Source;

beforeEach(() => {
  clock = new FakeClock();
  sink = new GatedSink();
  source = new Source();
});

async function pump(chunks: TextChunks = source, options: Partial<PumpOptions> = {}) {
  const pumping = pumpText(chunks, {
    writer: new StreamWriter({ streamId: 's' }),
    sink,
    clock,
    maxPayloadBytes: limits.messageMaxBytes,
    ...options,
  });
  pumping.catch(() => undefined);
  await settled();
  return pumping;
}

/** Starts without waiting for the end. */
async function begin(options: Partial<PumpOptions> = {}): Promise<{ done: ReturnType<typeof pumpText> }> {
  const done = pump(source, options);
  // Awaited by the test, later.
  done.catch(() => undefined);
  await settled();
  return { done };
}

describe('joining text into deltas', () => {
  it('given a first piece, when it arrives, then it is sent at once, and later ones together at the next flush', async () => {
    await begin();
    for (const piece of ['a', 'b', 'c']) await source.push(piece);
    expect(sink.deltas).toEqual(['a']);
    clock.advance(sink.flushMs);
    await settled();
    expect(sink.deltas).toEqual(['a', 'bc']);
  });

  it('given a sink that is not ready, when the flush is due, then text is collected on until it is', async () => {
    await begin();
    await source.push('a');
    sink.readyInMs = 300;
    for (const piece of ['b', 'c']) await source.push(piece);
    clock.advance(sink.flushMs);
    sink.readyInMs = 0;
    await settled();
    expect(sink.deltas).toEqual(['a']);
    clock.advance(200);
    await settled();
    expect(sink.deltas).toEqual(['a', 'bc']);
  });

  it('given a source that ends, when text is left, then it is sent before the end, which has the whole text', async () => {
    const { done } = await begin();
    for (const piece of ['a', 'b']) await source.push(piece);
    await source.end();
    expect(await done).toMatchObject({ text: 'ab' });
    expect(sink.events.map(({ type }) => type)).toEqual(['stream_start', 'stream_delta', 'stream_delta', 'stream_end']);
  });

  it('given one huge piece, when it is sent, then it is cut into deltas that fit, never inside a character', async () => {
    const text = '😀'.repeat(limits.streamDeltaMaxBytes / 2);
    await pump([text]);
    expect(sink.deltas.length).toBeGreaterThan(2);
    for (const delta of sink.deltas) expect(delta).not.toMatch(loneSurrogate);
    expect(sink.deltas.join('')).toBe(text);
  });

  it('given a character cut in two by the source, when its pieces arrive, then it is sent whole', async () => {
    const { done } = await begin();
    for (const piece of ['a', '\ud83d', '\ude00', 'b\ud83d']) {
      await source.push(piece);
      clock.advance(sink.flushMs);
      await settled();
    }
    await source.end();
    expect(await done).toMatchObject({ text: 'a😀b\ufffd' });
    for (const delta of sink.deltas) expect(delta).not.toMatch(loneSurrogate);
  });

  it('given more text than a message holds, when it ends, then the end has no text and the deltas have it all', async () => {
    const text = 'x'.repeat(limits.messageMaxBytes);
    const sent = await pump([text]);
    expect(sent.text).toBeUndefined();
    expect(sent.end).not.toHaveProperty('text');
    expect(sink.deltas.join('')).toBe(text);
  });
});

describe('back-pressure', () => {
  it('given a sink that is busy, when the source could give more, then it is not asked', async () => {
    await begin();
    sink.isOpen = false;
    await source.push('a');
    const { asked } = source;
    clock.advance(10 * sink.flushMs);
    await settled();
    expect(source.asked).toBe(asked);
    sink.isOpen = true;
    sink.release();
    await settled();
    expect(source.asked).toBe(asked + 1);
  });
});

describe('ending early', () => {
  it('given a sink that fails, when it does, then the source is left and the error is the sink’s', async () => {
    const { done } = await begin();
    sink.send = async () => {
      throw new Error('refused');
    };
    await source.push('a');
    await expect(done).rejects.toThrow('refused');
    expect(source.isLeft).toBe(true);
  });

  it('given text that waits for the next flush, when the source fails, then it is sent before stream_error', async () => {
    function* failing() {
      yield* ['a', 'b', 'c\ud83d'];
      throw new Error('as told');
    }
    await expect(pump(failing())).rejects.toMatchObject({ code: 'stream_source_failed' });
    expect(sink.deltas).toEqual(['a', 'bc\ufffd']);
    expect(sink.events.map(({ type }) => type)).toEqual([
      'stream_start',
      'stream_delta',
      'stream_delta',
      'stream_error',
    ]);
  });

  it('given a signal, when it is aborted while the source is silent, then stream_error is sent and the source is left', async () => {
    const cancel = new AbortController();
    const { done } = await begin({ signal: cancel.signal });
    cancel.abort();
    await expect(done).rejects.toMatchObject({ code: 'cancelled' });
    expect([sink.events.at(-1)?.type, source.isLeft]).toEqual(['stream_error', true]);
  });

  it('given a signal that was aborted before, when it is pumped, then nothing is read', async () => {
    await expect(pump(source, { signal: AbortSignal.abort() })).rejects.toMatchObject({ code: 'cancelled' });
    expect(source.asked).toBe(0);
  });

  it('given a source that gives a number, when it is read, then it is invalid_payload', async () => {
    await expect(pump([1] as never)).rejects.toMatchObject({ code: 'invalid_payload' });
  });
});
