import { limits } from '@agentnet/protocol';
import { type Clock, systemClock } from '../clock.js';
import { RemoteError, TransportError } from '../errors.js';
import type { ReceivedMessage } from '../received-message.js';
import { readStreamEvent, type StreamEvent } from './stream-event.js';
import { type ResolvedBounds, resolveBounds, type StreamBounds, StreamJoin } from './stream-join.js';
import { streamKey } from './stream-key.js';
import type { TextFeed } from './text-feed.js';

/** A stream as its reader gets it: iterate for the deltas in order, or await `text` for the whole. */
export interface ReceivedStream extends AsyncIterable<string> {
  readonly stream_id: string;
  readonly thread_id: string;
  /** The sender's account. */
  readonly from_account_id?: string;
  /** The first message of the stream that arrived; it says role and content type. */
  readonly message: ReceivedMessage;
  /** The whole text. The final text of the sender wins over the deltas. Rejects with what iterating throws. */
  readonly text: Promise<string>;
}

/** What joins streams needs to know. */
export interface StreamAssemblerOptions extends StreamBounds {
  /** Streams joined at the same time. @default 256 */
  maxOpen?: number;
  /** Hears of each new stream. */
  onStream: (stream: ReceivedStream) => void;
  /** Time; replaced in tests. @default the machine's clock */
  clock?: Clock;
}

/** Joins the streams of many senders, told apart by account, thread and stream id. Memory is bounded; what ended is not opened again by late events. */
export class StreamAssembler {
  readonly #bounds: ResolvedBounds;
  readonly #maxOpen: number;
  readonly #onStream: (stream: ReceivedStream) => void;
  readonly #clock: Clock;
  readonly #open = new Map<string, StreamJoin>();
  /** Oldest first. */
  readonly #finished = new Set<string>();

  constructor({
    onStream,
    clock = systemClock,
    maxOpen = limits.streamAssemblyMaxOpen,
    ...bounds
  }: StreamAssemblerOptions) {
    this.#bounds = resolveBounds(bounds);
    this.#maxOpen = maxOpen;
    this.#onStream = onStream;
    this.#clock = clock;
  }

  /** Streams that have not ended. */
  get open(): number {
    return this.#open.size;
  }

  /**
   * Takes one message.
   *
   * @returns false when it is no stream event, so that somebody else may take it
   * @throws {RemoteError} `busy` when a new stream would be one too many
   */
  take(message: ReceivedMessage): boolean {
    const event = message.kind === 'stream' ? readStreamEvent(message.payload) : undefined;
    if (!event) return false;
    const key = streamKey(message, event.stream_id);
    if (!this.#finished.has(key)) (this.#open.get(key) ?? this.#begin(key, message, event)).take(event);
    return true;
  }

  /** Fails every open stream with `connection_closed`. */
  close(): void {
    for (const join of [...this.#open.values()])
      join.fail(new TransportError('connection_closed', 'the receiver was closed'));
  }

  #begin(key: string, message: ReceivedMessage, { stream_id }: StreamEvent): StreamJoin {
    if (this.#open.size >= this.#maxOpen) throw new RemoteError('busy', `${this.#maxOpen} streams are open already`);
    const join = new StreamJoin(this.#bounds, this.#clock, () => this.#finish(key));
    this.#open.set(key, join);
    this.#onStream(receivedStream(join.feed, message, stream_id));
    return join;
  }

  #finish(key: string): void {
    this.#open.delete(key);
    this.#finished.add(key);
    const [oldest] = this.#finished;
    if (this.#finished.size > limits.streamFinishedMaxEntries && oldest !== undefined) this.#finished.delete(oldest);
  }
}

function receivedStream(feed: TextFeed, message: ReceivedMessage, stream_id: string): ReceivedStream {
  const { thread_id, from_account_id } = message;
  return {
    stream_id,
    thread_id,
    ...(from_account_id === undefined ? {} : { from_account_id }),
    message,
    text: feed.text,
    [Symbol.asyncIterator]: () => feed[Symbol.asyncIterator](),
  };
}
