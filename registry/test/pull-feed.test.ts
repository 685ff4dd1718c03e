import { randomUUID } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import { limits, subjects } from '@agentnet/protocol';
import { connect } from '@agentnet/sdk/transport';
import { jetstreamManager } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/nats-core';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import type { Captured } from '../src/history/captured.js';
import { FeedCounters } from '../src/history/counters.js';
import type { LossLedger } from '../src/history/loss-ledger.js';
import { PullFeed } from '../src/history/pull-feed.js';
import { ensureStream, messageStream } from '../src/history/stream.js';
import { type NatsServer, startNatsServer } from './harness/nats-server.js';
import { statusListeners } from './harness/status-listeners.js';

const noLosses = { enter: () => expect.unreachable('nothing is lost here') } as unknown as LossLedger;
const room = { messages: limits.historyBatchMaxMessages, bytes: limits.historyInFlightMaxBytes };
const inbox = subjects.accountInbox('acct_a');

let nats: NatsServer;
let sender: NatsConnection;
let connections: NatsConnection[] = [];
let feeds: PullFeed[] = [];

beforeAll(async () => {
  nats = await startNatsServer({ token: randomUUID() });
  sender = await connect({ url: nats.url });
});
beforeEach(async () => {
  await openSource(sender);
});
afterEach(async () => {
  for (const feed of feeds) endFeed(feed);
  for (const connection of connections) await connection.close();
  [feeds, connections] = [[], []];
  const { streams } = await jetstreamManager(sender);
  await streams.delete(messageStream.stream);
});
afterAll(async () => {
  await sender.close();
  await nats.stop();
});

function openSource(connection: NatsConnection) {
  const unlimited = { historyMaxBytes: 0, historyMaxMessages: 0, historyMaxAgeSeconds: 0, historyReplicas: 0 };
  return ensureStream(connection, messageStream, { ackWaitMs: limits.historyAckWaitMs, limits: unlimited });
}

/** A feed on a connection of its own, as each registry has one. */
async function openFeed(): Promise<{ feed: PullFeed; connection: NatsConnection }> {
  const connection = await connect({ url: nats.url });
  connections.push(connection);
  const feed = new PullFeed(connection, await openSource(connection), {
    counters: new FeedCounters(),
    losses: noLosses,
  });
  feeds.push(feed);
  return { feed, connection };
}

function endFeed(feed: PullFeed): void {
  feed.close();
  feed.release();
}

async function send(...bodies: string[]): Promise<void> {
  for (const body of bodies) sender.publish(inbox, body);
  await sender.flush();
}

const numbered = (count: number) => Array.from({ length: count }, (_, index) => String(index));
const textOf = ({ body }: Captured) => new TextDecoder().decode(body);

async function takeAll(feed: PullFeed, count: number): Promise<string[]> {
  const taken: string[] = [];
  while (taken.length < count && (await feed.arrived()))
    for (const captured of feed.take(room)) {
      taken.push(textOf(captured));
      captured.done();
    }
  return taken;
}

test('given a backlog of five batches, when a feed opens, then it comes in order and in pulls of whole batches', async () => {
  const bodies = numbered(5 * limits.historyBatchMaxMessages);
  await send(...bodies);
  const { feed, connection } = await openFeed();
  expect(await takeAll(feed, bodies.length)).toEqual(bodies);
  // Each pull is a message of this connection; so is each acknowledgement.
  expect(connection.stats().outMsgs - bodies.length).toBeLessThan(30);
});

test('given a stream in use, when messages come one by one, then none waits for the end of a pull', async () => {
  const { feed } = await openFeed();
  for (const body of numbered(30)) {
    await send(body);
    expect(await takeAll(feed, 1)).toEqual([body]);
  }
});

test('given three feeds, when messages come while they gather, then each message comes to one of them', async () => {
  const opened = await Promise.all([openFeed(), openFeed(), openFeed()]);
  const bodies = numbered(90);
  const taken: string[] = [];
  const complete = Promise.race(
    opened.map(async ({ feed }) => {
      while (taken.length < bodies.length && (await feed.arrived())) taken.push(...(await takeAll(feed, 1)));
    }),
  );
  for (const body of bodies) await send(body);
  await complete;
  expect(taken.toSorted((a, b) => Number(a) - Number(b))).toEqual(bodies);
});

test('given a feed that holds messages and gathers, when it is released, then another one gets them and what came since', async () => {
  const { feed } = await openFeed();
  await send('held');
  expect(await feed.arrived()).toBe(true);
  feed.take(room);
  await send('gathering');
  endFeed(feed);
  await send('later');
  const { feed: other } = await openFeed();
  expect((await takeAll(other, 3)).sort()).toEqual(['gathering', 'held', 'later']);
});

test('given a feed whose connection broke, when it is back, then it asks for messages before anything else happens', async () => {
  const { connection } = await openFeed();
  await connection.flush();
  const heard: string[] = [];
  for (const subject of ['$JS.API.CONSUMER.MSG.NEXT.>', 'marker'])
    sender.subscribe(subject, { callback: (_error, message) => void heard.push(message.subject.split('.')[0] ?? '') });
  await sender.flush();
  const statuses = connection.status();
  await connection.reconnect();
  for await (const { type } of statuses) if (type === 'reconnect') break;
  await setImmediate();
  connection.publish('marker');
  await connection.flush();
  await sender.flush();
  expect(heard).toEqual(['$JS', 'marker']);
});

test('given a feed on a connection that stays, when it is closed, then the connection tells it of no status any more', async () => {
  const { feed, connection } = await openFeed();
  const before = statusListeners(connection);
  feed.close();
  await setImmediate();
  expect([before, statusListeners(connection)]).toEqual([1, 0]);
});
