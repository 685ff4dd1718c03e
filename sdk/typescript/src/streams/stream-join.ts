import { limits } from '@agentnet/protocol';
import type { Clock } from '../clock.js';
import { type AgentNetError, RemoteError, TransportError, ValidationError } from '../errors.js';
import { DeltaOrder } from './delta-order.js';
import type { StreamEvent } from './stream-event.js';
import { TextFeed } from './text-feed.js';

/** Bounds on one stream that is joined. */
export interface StreamBounds {
  /** Largest text, in bytes. @default 4_194_304 */
  maxBytes?: number;
  /** Milliseconds to wait for a missing delta or the final text. @default 5_000 */
  gapWaitMs?: number;
  /** Milliseconds of silence after which the stream is given up. @default 60_000 */
  idleTimeoutMs?: number;
}

export type ResolvedBounds = Readonly<Required<StreamBounds>>;

export function resolveBounds({
  maxBytes = limits.streamMaxBytes,
  gapWaitMs = limits.streamGapWaitMs,
  idleTimeoutMs = limits.streamIdleTimeoutMs,
}: StreamBounds = {}): ResolvedBounds {
  return { maxBytes, gapWaitMs, idleTimeoutMs };
}

/** Joins the events of one stream, in whatever order they come, into the text a reader sees. Spec: rules `stream.reassembly`, `stream.gap`. */
export class StreamJoin {
  readonly feed: TextFeed;
  readonly #bounds: ResolvedBounds;
  readonly #clock: Clock;
  readonly #onOver: () => void;
  readonly #order = new DeltaOrder();
  /** Place after the last delta, once the stream has ended without a final text. */
  #end: number | undefined;
  #cancelIdle: () => void;
  #gap: { at: number; waitMs: number; cancel: () => void } | undefined;

  constructor(bounds: ResolvedBounds, clock: Clock, onOver: () => void = () => undefined) {
    this.#bounds = bounds;
    this.#clock = clock;
    this.#onOver = onOver;
    this.feed = new TextFeed(() => this.fail(new TransportError('cancelled', 'the reader left the stream')));
    this.#cancelIdle = this.#expectMore();
  }

  take(event: StreamEvent): void {
    if (this.feed.isOver) return;
    this.#cancelIdle();
    this.#cancelIdle = this.#expectMore();
    if (event.type === 'stream_start')
      this.#emit(event.first_seq === undefined ? '' : this.#order.beginAt(event.first_seq));
    else if (event.type === 'stream_delta') this.#emit(this.#order.add(event.seq, event.delta));
    else if (event.type === 'stream_end') this.#finish(event);
    else this.#break(event.error);
    this.#review();
  }

  /** Ends the stream with the whole text, which wins over the deltas. */
  finishWith(text: string): void {
    const { joined } = this.#order;
    if (text.startsWith(joined)) this.feed.write(text.slice(joined.length));
    this.feed.end(text);
    this.#release();
  }

  fail(error: AgentNetError): void {
    if (this.feed.isOver) return;
    this.feed.fail(error);
    this.#release();
  }

  #emit(text: string): void {
    this.feed.write(text);
  }

  #finish({ seq, text }: StreamEvent & { type: 'stream_end' }): void {
    if (text !== undefined) {
      this.finishWith(text);
      return;
    }
    this.#end = seq;
    if (this.#order.mayBeginAtOne) this.#emit(this.#order.beginAt(1));
  }

  #break(error: string): void {
    this.fail(new RemoteError('stream_failed', `the sender ended the stream: ${error}`, { remoteDetail: error }));
  }

  /** Ends, fails or waits, as what is there allows. */
  #review(): void {
    if (this.feed.isOver) return;
    const { bytes, waiting, joined } = this.#order;
    const { maxBytes } = this.#bounds;
    const isWhole = this.#end !== undefined && this.#order.isCompleteUntil(this.#end);
    if (bytes > maxBytes)
      this.fail(new ValidationError('stream_too_large', `the stream has more than ${maxBytes} bytes`));
    else if (waiting > limits.streamMaxPending) this.fail(gap());
    else if (isWhole) this.finishWith(joined);
    else if (waiting > 0 || this.#end !== undefined) this.#awaitMissing(joined.length);
    else this.#closeGap();
  }

  /** Every step forward gives the next missing delta its full time. */
  #awaitMissing(at: number): void {
    const { gapWaitMs } = this.#bounds;
    const waitMs = this.#order.mayBeginAtOne ? Math.min(limits.streamFirstWaitMs, gapWaitMs) : gapWaitMs;
    if (this.#gap?.at === at && this.#gap.waitMs === waitMs) return;
    this.#closeGap();
    const cancel = this.#clock.after(waitMs, () => {
      this.#gap = undefined;
      if (this.#order.mayBeginAtOne) {
        this.#emit(this.#order.beginAt(1));
        this.#review();
      } else this.fail(gap());
    });
    this.#gap = { at, waitMs, cancel };
  }

  #closeGap(): void {
    this.#gap?.cancel();
    this.#gap = undefined;
  }

  #expectMore(): () => void {
    const { idleTimeoutMs } = this.#bounds;
    return this.#clock.after(idleTimeoutMs, () =>
      this.fail(new TransportError('stream_timeout', `nothing of the stream arrived for ${idleTimeoutMs} ms`)),
    );
  }

  #release(): void {
    this.#cancelIdle();
    this.#closeGap();
    this.#onOver();
  }
}

function gap(): AgentNetError {
  return new TransportError('stream_gap', 'deltas of the stream are missing and no final text arrived in time');
}
