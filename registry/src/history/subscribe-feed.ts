import { formatInstant, history, limits } from '@agentnet/protocol';
import type { Msg, NatsConnection } from '@nats-io/nats-core';
import { monotonicFactory } from 'ulidx';
import type { RegistryDeps } from '../deps.js';
import { Arrivals } from './arrivals.js';
import type { Captured } from './captured.js';
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
  const arrivals = new Arrivals<Captured>();
  const take = (message: Msg) => {
    const isFull =
      arrivals.count >= maxWaiting || arrivals.bytes + message.data.length > limits.historyInFlightMaxBytes;
    if (isFull) counters.dropped += 1;
    else arrivals.add(toCaptured(message, newId(), now()));
    counters.ahead = arrivals.count;
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
      arrivals.end();
    },
    release() {},
    arrived: () => arrivals.arrived(),
    take(room) {
      const taken = arrivals.take(room);
      counters.ahead = arrivals.count;
      counters.inHand += taken.length;
      return taken;
    },
  };
}

function toCaptured(message: Msg, id: string, nowMs: number): Captured {
  return {
    captureId: id,
    subject: message.subject,
    body: message.data,
    receivedAt: formatInstant({ epochMs: nowMs, micros: 0 }),
    done: () => {},
  };
}
