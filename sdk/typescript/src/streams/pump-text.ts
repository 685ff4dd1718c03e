import { limits, type PayloadConvention } from '@agentnet/protocol';
import type { Clock } from '../clock.js';
import { AgentNetError, TransportError, ValidationError } from '../errors.js';
import type { StreamWriter } from './stream-writer.js';

/** Text in pieces of any size. */
export type TextChunks = AsyncIterable<string> | Iterable<string>;

/** Where a stream goes. */
export interface StreamSink {
  /** Milliseconds of text that become one delta. */
  readonly flushMs: number;
  /** Milliseconds until one more message may be sent. */
  readonly readyInMs: number;
  /** Resolves when the event is where it should be; the next one is sent only then. */
  send(event: PayloadConvention, signal?: AbortSignal): Promise<void>;
}

/** What a stream is pumped with. */
export interface PumpOptions {
  readonly writer: StreamWriter;
  readonly sink: StreamSink;
  readonly clock: Clock;
  readonly maxPayloadBytes: number;
  readonly signal?: AbortSignal | undefined;
}

/** What was sent. */
export interface SentText {
  /** The whole text; absent when no message can hold it. */
  readonly text: string | undefined;
  /** The payload that ended the stream. */
  readonly end: PayloadConvention;
}

const lateHalf = /[\ud800-\udbff]$/;
const loneSurrogates = /\p{Surrogate}/gu;
/** Room for the envelope and the rest of the last payload. */
const envelopeBytes = 4096;

/**
 * Reads `chunks` no faster than the sink takes them and sends them as one stream.
 *
 * @throws {AgentNetError} `cancelled`, `stream_source_failed`, `invalid_payload`, and what the sink fails with
 */
export async function pumpText(chunks: TextChunks, options: PumpOptions): Promise<SentText> {
  const pump = new Pump(chunks, options);
  return pump.run();
}

class Pump {
  readonly #source: AsyncIterator<string> | Iterator<string>;
  readonly #options: PumpOptions;
  readonly #deltaMaxBytes: number;
  #unsent = '';
  #unsentBytes = 0;
  #text = '';
  #isTextWhole = true;
  #lastFlushAt = Number.NEGATIVE_INFINITY;

  constructor(chunks: TextChunks, options: PumpOptions) {
    this.#source = Symbol.asyncIterator in chunks ? chunks[Symbol.asyncIterator]() : chunks[Symbol.iterator]();
    this.#options = options;
    // JSON writes a character as up to six bytes.
    this.#deltaMaxBytes = Math.min(limits.streamDeltaMaxBytes, Math.floor(options.maxPayloadBytes / 8));
  }

  async run(): Promise<SentText> {
    const { writer, sink, clock, signal } = this.#options;
    try {
      this.#requireWanted();
      await sink.send(writer.start(clock.now()), signal);
      await this.#relay();
      this.#requireWanted();
    } catch (cause) {
      this.#leaveSource();
      const code = codeOf(cause);
      // The reason is what the caller hears; that the receiver could not be told either adds nothing.
      if (code !== 'cancelled' && code in spoken) await this.#flushAll().catch(() => undefined);
      const reason = spoken[code];
      if (reason !== undefined) await sink.send(writer.error(reason, clock.now())).catch(() => undefined);
      throw cause;
    }
    const text = this.#finalText();
    const end = writer.end(text, clock.now());
    await sink.send(end);
    return { text, end };
  }

  async #relay(): Promise<void> {
    let reading = this.#read();
    for (;;) {
      const chunk = await this.#within(reading, this.#unsent === '' ? undefined : this.#dueInMs());
      if (chunk === 'due') await this.#flush();
      else if (chunk.done) break;
      else {
        this.#add(chunk.value);
        while (this.#unsentBytes >= this.#deltaMaxBytes || (this.#unsent !== '' && this.#dueInMs() <= 0)) {
          await this.#flush();
        }
        reading = this.#read();
      }
    }
    await this.#flushAll();
  }

  /** No other half will come. */
  async #flushAll(): Promise<void> {
    this.#unsent = this.#unsent.replace(loneSurrogates, '\ufffd');
    while (this.#unsent !== '') await this.#flush();
  }

  #dueInMs(): number {
    const { clock, sink } = this.#options;
    return Math.max(this.#lastFlushAt + sink.flushMs - clock.elapsed(), sink.readyInMs);
  }

  async #read(): Promise<IteratorResult<string>> {
    try {
      return await this.#source.next();
    } catch (cause) {
      throw new AgentNetError('stream_source_failed', 'the source of the text failed', { cause });
    }
  }

  #add(chunk: string): void {
    if (typeof chunk !== 'string')
      throw new ValidationError('invalid_payload', `a stream is made of text, the source gave ${typeof chunk}`);
    this.#unsent += chunk;
    this.#unsentBytes += Buffer.byteLength(chunk);
  }

  /** Sends one delta. Half a character waits for its other half. */
  async #flush(): Promise<void> {
    const { writer, sink, clock, signal } = this.#options;
    this.#requireWanted();
    this.#lastFlushAt = clock.elapsed();
    if (this.#unsent.length === 1 && lateHalf.test(this.#unsent)) return;
    const piece = headOf(this.#unsent, this.#deltaMaxBytes);
    this.#unsent = this.#unsent.slice(piece.length);
    this.#unsentBytes = Buffer.byteLength(this.#unsent);
    const delta = piece.replace(loneSurrogates, '\ufffd');
    this.#keep(delta);
    await sink.send(writer.delta(delta), signal);
  }

  #keep(delta: string): void {
    if (this.#isTextWhole) this.#text += delta;
    if (this.#text.length <= this.#options.maxPayloadBytes) return;
    this.#isTextWhole = false;
    this.#text = '';
  }

  #finalText(): string | undefined {
    const fits = Buffer.byteLength(JSON.stringify(this.#text)) + envelopeBytes <= this.#options.maxPayloadBytes;
    return this.#isTextWhole && fits ? this.#text : undefined;
  }

  #requireWanted(): void {
    const { signal } = this.#options;
    if (signal?.aborted) throw cancelled(signal);
  }

  /** The next chunk, or `due` when there is none within `ms`. */
  #within(reading: Promise<IteratorResult<string>>, ms: number | undefined): Promise<IteratorResult<string> | 'due'> {
    const { clock, signal } = this.#options;
    return new Promise((resolve, reject) => {
      const cancelTimer = ms === undefined ? undefined : clock.after(ms, () => finish(() => resolve('due')));
      const abort = () => finish(() => reject(cancelled(signal)));
      const finish = (settle: () => void) => {
        cancelTimer?.();
        signal?.removeEventListener('abort', abort);
        settle();
      };
      signal?.addEventListener('abort', abort, { once: true });
      if (signal?.aborted) abort();
      reading.then(
        (result) => finish(() => resolve(result)),
        (cause: unknown) => finish(() => reject(cause)),
      );
    });
  }

  /** Not awaited: a source that hangs in `next` would hang here too. */
  #leaveSource(): void {
    const leave = async () => void (await this.#source.return?.());
    void leave().catch(() => undefined);
  }
}

/** What the receiver is told; the error's own text stays here. */
const spoken: Readonly<Record<string, string>> = {
  cancelled: 'the stream was cancelled',
  stream_source_failed: 'the source of the stream failed',
  invalid_payload: 'the source of the stream failed',
};

function codeOf(cause: unknown): string {
  return cause instanceof AgentNetError ? cause.code : '';
}

function cancelled(signal: AbortSignal | undefined): AgentNetError {
  return new TransportError('cancelled', 'the stream was cancelled', { cause: signal?.reason });
}

/** At most `maxBytes` from the start, without cutting a character. */
function headOf(text: string, maxBytes: number): string {
  const whole = lateHalf.test(text) && text.length > 1 ? text.slice(0, -1) : text;
  if (Buffer.byteLength(whole) <= maxBytes) return whole;
  let bytes = 0;
  let length = 0;
  for (const character of whole) {
    bytes += Buffer.byteLength(character);
    if (bytes > maxBytes) break;
    length += character.length;
  }
  return whole.slice(0, length);
}
