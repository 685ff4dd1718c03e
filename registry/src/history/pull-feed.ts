import { limits } from '@agentnet/protocol';
import { AgentNetError } from '@agentnet/sdk/transport';
import { createInbox, type Msg, type NatsConnection, nanos, type Subscription } from '@nats-io/nats-core';
import { type Captured, instantText } from './captured.js';
import type { FeedCounters } from './counters.js';
import { type Delivery, readDelivery } from './delivery.js';
import { type ConsumerPlace, LostMessages } from './lost-messages.js';
import { ownInboxPrefix } from './own-inbox.js';

export interface StreamFeed extends AsyncIterable<Captured> {
  /** Takes no more; what has arrived is still delivered, then the feed ends. */
  close(): void;
  /** Gives what is not done back at once, so that another registry need not wait for it. */
  release(): void;
}

export interface PullSource {
  readonly stream: string;
  readonly consumer: string;
  readonly place: ConsumerPlace;
  readonly ackWaitMs: number;
}

/** A pull that the server forgot, after a reconnect for one, is noticed this much after its end. */
const pullExpiresMs = 2000;
const pullGraceMs = 1000;
/** Several, so that a busy moment of this process does not look like its death. */
const reportsPerWait = 4;
const { historyBatchMaxMessages: maxMessages, historyInFlightMaxBytes: maxBytes } = limits;

interface Held extends Captured {
  readonly reply: string;
  readonly bytes: number;
  reportedAt: number;
}

/**
 * What a stream holds, oldest first, shared with the other registries. Asks for no more than it has room for, and tells the server
 * about all it holds, so that the wait before a dead registry's messages go to another one can be short.
 */
export class PullFeed implements StreamFeed {
  readonly #inbox: string;
  readonly #subscription: Subscription;
  readonly #reporting: NodeJS.Timeout;
  readonly #lost: LostMessages;
  readonly #waiting: Held[] = [];
  readonly #held = new Set<Held>();
  #waitingBytes = 0;
  #pulls = 0;
  /** Messages the pull under way can still bring; 0 without one. */
  #expected = 0;
  #mayBeLarge = false;
  #watchdog: NodeJS.Timeout | undefined;
  #closed = false;
  #failure: Error | undefined;
  #wake = () => {};

  constructor(
    private readonly connection: NatsConnection,
    private readonly source: PullSource,
    private readonly counters: FeedCounters,
  ) {
    this.#lost = new LostMessages(source.place);
    this.#inbox = createInbox(ownInboxPrefix);
    this.#subscription = connection.subscribe(`${this.#inbox}.*`, {
      callback: (error, message) => (error ? this.#fail(error) : this.#receive(message)),
    });
    this.#reporting = setInterval(() => this.#reportHeld(), source.ackWaitMs / reportsPerWait).unref();
    this.#pull();
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#watchdog);
    this.#subscription.unsubscribe();
    this.#wake();
  }

  release(): void {
    clearInterval(this.#reporting);
    if (!this.connection.isClosed()) for (const { reply } of this.#held) this.connection.publish(reply, '-NAK');
    this.#held.clear();
    this.#waiting.length = 0;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Captured> {
    for (;;) {
      const next = this.#waiting.shift();
      if (next) {
        this.#waitingBytes -= next.bytes;
        this.counters.inHand += 1;
        this.counters.ahead -= 1;
        yield next;
        this.#pull();
      } else if (this.#failure) throw this.#failure;
      else if (this.#closed) return;
      else
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
    }
  }

  #receive(message: Msg): void {
    const delivery = readDelivery(message);
    if (!delivery) {
      this.#endPull(message);
      return;
    }
    this.counters.dropped += this.#lost.before(delivery);
    this.#expected -= 1;
    const held = this.#hold(message, delivery);
    this.#waiting.push(held);
    this.#waitingBytes += held.bytes;
    this.counters.ahead = delivery.pending + this.#waiting.length;
    if (this.#expected === 0) this.#pull();
    this.#wake();
  }

  #hold(message: Msg, { timestampNanos, streamSequence }: Delivery): Held {
    const { reply = '', subject, data } = message;
    const held: Held = {
      captureId: `${timestampNanos}-${streamSequence}`,
      subject,
      body: data,
      receivedAt: instantText(timestampNanos),
      reply,
      bytes: data.length,
      reportedAt: performance.now(),
      done: () => {
        if (this.#held.delete(held)) this.connection.publish(reply, '+ACK');
      },
    };
    this.#held.add(held);
    return held;
  }

  /** Only while less than half of the room is taken, so that each pull is a large one. */
  #pull(): void {
    const isFull = this.#waiting.length > maxMessages / 2 || this.#waitingBytes > maxBytes / 2;
    if (this.#closed || this.#failure || this.#expected > 0 || isFull || this.connection.isClosed()) return;
    this.#pulls += 1;
    this.#expected = this.#mayBeLarge ? 1 : maxMessages - this.#waiting.length;
    const request = {
      batch: this.#expected,
      ...(!this.#mayBeLarge && { max_bytes: maxBytes - this.#waitingBytes }),
      expires: nanos(pullExpiresMs),
    };
    this.#mayBeLarge = false;
    const { stream, consumer } = this.source;
    const reply = `${this.#inbox}.${this.#pulls}`;
    this.connection.publish(`$JS.API.CONSUMER.MSG.NEXT.${stream}.${consumer}`, JSON.stringify(request), { reply });
    clearTimeout(this.#watchdog);
    this.#watchdog = setTimeout(() => this.#pullAgain(), pullExpiresMs + pullGraceMs);
  }

  #pullAgain(): void {
    this.#expected = 0;
    this.#pull();
  }

  #endPull({ subject, headers }: Msg): void {
    if (subject !== `${this.#inbox}.${this.#pulls}`) return;
    const { code = 0, description = '' } = headers ?? {};
    if (code === 503 || /deleted/i.test(description)) {
      this.#fail(new AgentNetError('history_unavailable', `the history stream ended: ${description || code}`));
    } else if (/maxbytes/i.test(description)) {
      // One message that is larger than all our room comes alone.
      this.#mayBeLarge = this.#waiting.length === 0;
      this.#pullAgain();
    } else if (code !== 409) {
      // Other refusals would be repeated at once: there the watchdog asks again.
      this.#pullAgain();
    }
  }

  #fail(cause: Error): void {
    this.#failure ??= cause;
    this.#wake();
  }

  #reportHeld(): void {
    if (this.connection.isClosed()) return;
    const now = performance.now();
    for (const held of this.#held) {
      if (now - held.reportedAt < this.source.ackWaitMs / (reportsPerWait + 1)) continue;
      held.reportedAt = now;
      this.connection.publish(held.reply, '+WPI');
    }
  }
}
