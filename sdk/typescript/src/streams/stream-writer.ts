import { randomUUID } from 'node:crypto';
import {
  check,
  type JsonObject,
  nowTimestamp,
  type StreamDelta,
  type StreamEnd,
  type StreamError,
  type StreamStart,
} from '@agentnet/protocol';
import { ValidationError } from '../errors.js';

/** What a stream says about itself. */
export interface StreamDescription {
  /** Names the stream within its thread. @default a new unique id */
  streamId?: string;
  /** Who speaks. @default 'assistant' */
  role?: string;
  /** Media type of the text. @default 'text/plain' */
  contentType?: string;
  /** Anything else. @default {} */
  metadata?: JsonObject;
}

type Spoken = Required<Pick<StreamDelta, 'stream_id' | 'role' | 'content_type'>>;

/** Writes the payloads of one stream. Deltas are numbered from 1: readers that take 0 for an absent `seq` would mistake delta 0 for the start. */
export class StreamWriter {
  readonly #spoken: Spoken;
  readonly #metadata: JsonObject;
  #seq = 1;

  /** @throws {ValidationError} `invalid_option` */
  constructor({
    streamId = `stream_${randomUUID().replaceAll('-', '')}`,
    role = 'assistant',
    contentType = 'text/plain',
    metadata = {},
  }: StreamDescription = {}) {
    this.#spoken = { stream_id: streamId, role, content_type: contentType };
    this.#metadata = metadata;
    const [violation] = check('StreamStart', this.start(0));
    if (violation)
      throw new ValidationError('invalid_option', `stream ${violation.path.slice(1)} ${violation.message}`);
  }

  get streamId(): string {
    return this.#spoken.stream_id;
  }

  /** Deltas written so far. */
  get deltas(): number {
    return this.#seq - 1;
  }

  start(nowMs: number): StreamStart {
    const started_at = nowTimestamp(nowMs);
    return { type: 'stream_start', ...this.#spoken, first_seq: 1, started_at, metadata: this.#metadata };
  }

  delta(delta: string): StreamDelta {
    return { type: 'stream_delta', ...this.#spoken, delta, seq: this.#seq++ };
  }

  /** @param text - The whole text; left out when no message can hold it. */
  end(text: string | undefined, nowMs: number): StreamEnd {
    const end = { type: 'stream_end', ...this.#spoken, seq: this.#seq } as const;
    const rest = { finished_at: nowTimestamp(nowMs), metadata: this.#metadata };
    return text === undefined ? { ...end, ...rest } : { ...end, text, ...rest };
  }

  error(error: string, nowMs: number): StreamError {
    const { stream_id } = this.#spoken;
    return {
      type: 'stream_error',
      stream_id,
      error,
      seq: this.#seq,
      finished_at: nowTimestamp(nowMs),
      metadata: this.#metadata,
    };
  }
}
