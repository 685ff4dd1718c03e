import { history, limits } from '@agentnet/protocol';
import type { Msg, NatsConnection } from '@nats-io/nats-core';
import { monotonicFactory } from 'ulidx';
import type { RegistryDeps } from '../deps.js';
import { type Captured, instantText } from './captured.js';
import type { FeedCounters } from './counters.js';
import type { StreamFeed } from './pull-feed.js';

export interface FeedDeps extends Pick<RegistryDeps, 'log' | 'now'> {
  readonly connection: NatsConnection;
}

/** Messages kept in memory while the database is away. */
export const maxWaiting = 10_000;

/**
 * The subjects without a stream: only what is published while a registry runs, and no more than `maxWaiting` messages, or
 * `historyInFlightMaxBytes`, during an outage of the database. What exceeds that is counted as dropped.
 */
export function subscribeFeed(
  { connection, log, now }: FeedDeps,
  subjects: readonly string[],
  counters: FeedCounters,
): StreamFeed {
  const newId = monotonicFactory();
  const waiting: Captured[] = [];
  let waitingBytes = 0;
  let closed = false;
  let wake = () => {};
  const take = (message: Msg) => {
    if (waiting.length >= maxWaiting || waitingBytes + message.data.length > limits.historyInFlightMaxBytes) {
      counters.dropped += 1;
      return;
    }
    waiting.push(toCaptured(message, newId(), now()));
    waitingBytes += message.data.length;
    counters.ahead = waiting.length;
    wake();
  };
  const subscriptions = subjects.map((pattern) =>
    connection.subscribe(pattern, {
      queue: history.tapQueue,
      callback: (error, message) => {
        if (error) log.error({ event: 'history_tap_refused', err: error });
        else take(message);
      },
    }),
  );
  return {
    close() {
      for (const subscription of subscriptions) subscription.unsubscribe();
      closed = true;
      wake();
    },
    release() {},
    async *[Symbol.asyncIterator]() {
      for (;;) {
        const next = waiting.shift();
        counters.ahead = waiting.length;
        if (next) {
          counters.inHand += 1;
          waitingBytes -= next.body.length;
          yield next;
        } else if (closed) return;
        else
          await new Promise<void>((resolve) => {
            wake = resolve;
          });
      }
    },
  };
}

function toCaptured(message: Msg, id: string, nowMs: number): Captured {
  return {
    captureId: id,
    subject: message.subject,
    body: message.data,
    receivedAt: instantText(BigInt(nowMs) * 1_000_000n),
    done: () => {},
  };
}
