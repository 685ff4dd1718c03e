import { limits } from '@agentnet/protocol';
import type { Clock } from '../clock.js';
import type { ReceivedMessage } from '../received-message.js';
import type { StreamEvent } from '../streams/stream-event.js';
import { senderOf } from './sender-of.js';

/** Knows which streams each sender has open: only their events have a rate limit of their own. Spec: rule `stream.limit`. */
export class OpenStreams {
  readonly #clock: Clock;
  /** When something of each open stream came last, by sender; senders in the order of their last start. */
  readonly #heardAt = new Map<string, Map<string, number>>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Whether `event` continues a stream that was opened before. */
  isPartOfOne(message: ReceivedMessage, event: StreamEvent): boolean {
    const heardAt = this.#heardAt.get(senderOf(message))?.get(nameOf(message, event));
    return event.type !== 'stream_start' && heardAt !== undefined && !this.#isIdle(heardAt);
  }

  /** Takes note of an accepted event. */
  note(message: ReceivedMessage, event: StreamEvent): void {
    const sender = senderOf(message);
    const name = nameOf(message, event);
    if (event.type === 'stream_start') this.#open(sender, name);
    else if (event.type === 'stream_delta') this.#hear(sender, name);
    else this.#close(sender, name);
  }

  #open(sender: string, name: string): void {
    const streams = this.#heardAt.get(sender) ?? new Map<string, number>();
    for (const [other, heardAt] of streams) if (this.#isIdle(heardAt)) streams.delete(other);
    if (streams.size < limits.streamMaxOpen) streams.set(name, this.#clock.elapsed());
    this.#heardAt.delete(sender);
    this.#heardAt.set(sender, streams);
    const [oldest] = this.#heardAt.keys();
    if (this.#heardAt.size > limits.senderMaxEntries && oldest !== undefined) this.#heardAt.delete(oldest);
  }

  #hear(sender: string, name: string): void {
    const streams = this.#heardAt.get(sender);
    if (streams?.has(name)) streams.set(name, this.#clock.elapsed());
  }

  #close(sender: string, name: string): void {
    const streams = this.#heardAt.get(sender);
    streams?.delete(name);
    if (streams?.size === 0) this.#heardAt.delete(sender);
  }

  #isIdle(heardAt: number): boolean {
    return this.#clock.elapsed() - heardAt >= limits.streamIdleTimeoutMs;
  }
}

function nameOf({ thread_id }: ReceivedMessage, { stream_id }: StreamEvent): string {
  return JSON.stringify([thread_id, stream_id]);
}
