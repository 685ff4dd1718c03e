import { limits } from '@agentnet/protocol';
import { AgentNetError } from '@agentnet/sdk/transport';
import { createInbox, type Msg, type NatsConnection, nanos, type Subscription } from '@nats-io/nats-core';
import type { ConsumerPlace } from '../domain/losses.js';
import { Arrivals, type Room } from './arrivals.js';
import type { BatchSource } from './batches.js';
import { type Captured, instantText } from './captured.js';
import type { FeedCounters } from './counters.js';
import { type Delivery, readDelivery } from './delivery.js';
import { followReconnects } from './follow-reconnects.js';
import type { LossLedger } from './loss-ledger.js';
import { LostMessages } from './lost-messages.js';
import { ownInboxPrefix } from './own-inbox.js';

export interface StreamFeed extends BatchSource {
  /** Takes no more; what has arrived is still delivered, then the feed ends. */
  close(): void;
  /** Gives what is not done back at once, so that another registry need not wait for it. */
  release(): void;
}

export interface PullSource {
  readonly stream: string;
  readonly consumer: string;
  /** As the server says it; the sequences of a consumer made anew begin anew. */
  readonly consumerCreatedAt: string;
  readonly place: ConsumerPlace;
  readonly ackWaitMs: number;
}

interface FeedAccounts {
  readonly counters: FeedCounters;
  readonly losses: LossLedger;
}

/** A pull that the server forgot, after a reconnect for one, is noticed this much after its end. */
const pullExpiresMs = 2000;
const pullGraceMs = 1000;
/** Several, so that a busy moment of this process does not look like its death. */
const reportsPerWait = 4;
const { historyBatchMaxMessages: maxMessages, historyInFlightMaxBytes: maxBytes } = limits;

interface Held extends Captured {
  readonly reply: string;
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
  readonly #unfollow: () => void;
  readonly #lost: LostMessages;
  readonly #arrivals = new Arrivals<Held>();
  readonly #held = new Set<Held>();
  #pulls = 0;
  /** Messages the pull under way can still bring; 0 without one. */
  #expected = 0;
  #brought = 0;
  #isQuiet = true;
  #mayBeLarge = false;
  #watchdog: NodeJS.Timeout | undefined;
  #gathering: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(
    private readonly connection: NatsConnection,
    private readonly source: PullSource,
    private readonly accounts: FeedAccounts,
  ) {
    this.#lost = new LostMessages(source.place);
    this.#inbox = createInbox(ownInboxPrefix);
    this.#subscription = connection.subscribe(`${this.#inbox}.*`, {
      callback: (error, message) => (error ? this.#arrivals.fail(error) : this.#receive(message)),
    });
    this.#reporting = setInterval(() => this.#reportHeld(), source.ackWaitMs / reportsPerWait).unref();
    // A server forgets the pulls of a connection that broke, and one that was started anew all of them.
    this.#unfollow = followReconnects(connection, () => this.#pullAgain());
    this.#pull();
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#watchdog);
    clearTimeout(this.#gathering);
    this.#subscription.unsubscribe();
    this.#unfollow();
    this.#arrivals.end();
  }

  release(): void {
    clearInterval(this.#reporting);
    if (!this.connection.isClosed()) for (const { reply } of this.#held) this.connection.publish(reply, '-NAK');
    this.#held.clear();
    this.#arrivals.clear();
  }

  arrived(): Promise<boolean> {
    return this.#arrivals.arrived();
  }

  take(room: Room): readonly Captured[] {
    const taken = this.#arrivals.take(room);
    this.accounts.counters.inHand += taken.length;
    this.accounts.counters.ahead -= taken.length;
    this.#pull();
    return taken;
  }

  #receive(message: Msg): void {
    const delivery = readDelivery(message);
    if (!delivery) {
      this.#endPull(message);
      return;
    }
    const gap = this.#lost.before(delivery);
    if (gap) this.accounts.losses.enter(this.source, gap);
    this.#expected -= 1;
    this.#brought += 1;
    this.#arrivals.add(this.#hold(message, delivery));
    this.accounts.counters.ahead = delivery.pending + this.#arrivals.count;
    if (this.#expected > 0) return;
    if (this.#isQuiet) this.#gather();
    else this.#pull();
  }

  /** Lets messages gather at the server: a stream in use would otherwise wake this process for each of them. */
  #gather(): void {
    this.#isQuiet = false;
    this.#expected = 0;
    this.#gathering ??= setTimeout(() => {
      this.#gathering = undefined;
      this.#pull();
    }, limits.historyGatherMs);
  }

  #hold(message: Msg, { timestamp, streamSequence }: Delivery): Held {
    const { reply = '', subject, data } = message;
    const held: Held = {
      captureId: `${timestamp}-${streamSequence}`,
      subject,
      body: data,
      receivedAt: instantText(timestamp),
      reply,
      reportedAt: performance.now(),
      done: () => {
        // An empty body acknowledges, too.
        if (this.#held.delete(held)) this.connection.publish(reply);
      },
    };
    this.#held.add(held);
    return held;
  }

  /**
   * Waits for the first message of a quiet stream, takes at once what there is of one in use. Only while less than half of the room is
   * taken, so that each pull is a large one.
   */
  #pull(): void {
    const { count, bytes, hasFailed } = this.#arrivals;
    const isFull = count > maxMessages / 2 || bytes > maxBytes / 2;
    const isUnderWay = this.#expected > 0 || this.#gathering !== undefined;
    if (this.#closed || hasFailed || isUnderWay || isFull || this.connection.isClosed()) return;
    this.#pulls += 1;
    this.#brought = 0;
    this.#isQuiet ||= this.#mayBeLarge;
    this.#expected = this.#isQuiet ? 1 : maxMessages - count;
    const request = {
      batch: this.#expected,
      ...(!this.#mayBeLarge && { max_bytes: maxBytes - bytes }),
      ...(this.#isQuiet ? { expires: nanos(pullExpiresMs) } : { no_wait: true }),
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
      this.#arrivals.fail(new AgentNetError('history_unavailable', `the history stream ended: ${description || code}`));
    } else if (/maxbytes/i.test(description)) {
      // One message that is larger than all our room comes alone.
      this.#mayBeLarge = this.#arrivals.count === 0;
      this.#pullAgain();
    } else if (this.#brought > 0 && code !== 409) {
      this.#gather();
    } else if (code !== 409) {
      // Other refusals would be repeated at once: there the watchdog asks again.
      this.#isQuiet = true;
      this.#pullAgain();
    }
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
