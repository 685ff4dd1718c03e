import { limits, history as names, subjects } from '@agentnet/protocol';
import { jetstreamManager } from '@nats-io/jetstream';
import { nanos } from '@nats-io/nats-core';
import { expect, test } from 'vitest';
import { lostWithin } from '../src/domain/losses.js';
import { LostMessages } from '../src/history/lost-messages.js';
import { describeOnEachDatabase } from './harness/databases.js';
import { eventually } from './harness/eventually.js';
import { FailingDatabase } from './harness/failing-database.js';
import { countIn, type HistoryChanges, publish, startOn, useNats } from './harness/histories.js';
import { anEnvelope, operationDeps, useStore } from './harness/records.js';

const inbox = subjects.accountInbox('acct_bob');

const delivery = (deliverySequence: number, streamSequence: number, count = 1) => ({
  stream: 's',
  count,
  streamSequence,
  deliverySequence,
  timestamp: '0',
  pending: 0,
});

test('given deliveries to us and to others, repeated ones and a jump of the sequence, then only the jump is a loss [history.limit.counted]', () => {
  const losses = new LostMessages({ deliverySequence: 10, streamSequence: 100 });
  const before = (...numbers: [number, number, number?]) => {
    const gap = losses.before(delivery(...numbers));
    return gap ? lostWithin(gap, gap.after) : 0;
  };
  expect(before(11, 101)).toBe(0);
  expect(before(12, 90, 2)).toBe(0);
  expect(before(13, 102)).toBe(0);
  expect(before(16, 105)).toBe(0);
  expect(before(17, 110)).toBe(4);
  expect(before(19, 114)).toBe(2);
});

test('given a gap that another registry has examined in part, then only the rest of it is counted [history.limit.counted]', () => {
  const place = (deliverySequence: number, streamSequence: number) => ({ deliverySequence, streamSequence });
  const gap = { after: place(10, 100), upTo: place(20, 130), repeated: [12, 18] };
  expect(lostWithin(gap, place(5, 50))).toBe(22);
  expect(lostWithin(gap, place(15, 120))).toBe(6);
  expect(lostWithin(gap, place(20, 130))).toBe(0);
  expect(lostWithin(gap, place(30, 200))).toBe(0);
});

describeOnEachDatabase('a history at its limits', (kind) => {
  const store = useStore(kind);
  const setting = useNats();
  const limited = (changes: Partial<HistoryChanges['config']>): HistoryChanges => ({
    config: { ...operationDeps(store.database).config, ...changes },
  });

  test('given limits of the operator, when it starts again without them, then the stream keeps them', async () => {
    const { streams } = await jetstreamManager(setting.agent);
    await (await startOn(setting, store)).stop();
    expect((await streams.info(names.stream)).config.max_bytes).toBe(limits.historyMaxBytesDefault);
    await (await startOn(setting, store, limited({ historyMaxMessages: 5000, historyMaxAgeSeconds: 60 }))).stop();
    await (await startOn(setting, store)).stop();
    const wanted = { max_msgs: 5000, max_age: nanos(60_000), discard: 'old', max_bytes: limits.historyMaxBytesDefault };
    expect((await streams.info(names.stream)).config).toMatchObject(wanted);
    const receipts = (await streams.info(names.receiptStream)).config;
    expect(receipts).toMatchObject({ max_msgs: -1, max_bytes: limits.receiptHistoryMaxBytesDefault });
    await streams.delete(names.stream);
  });

  test('given a database away, when more comes than the stream holds, then the fill is told before and the loss is counted exactly [history.limit.visible] [history.limit.counted]', async () => {
    const failing = new FailingDatabase(store.database);
    const kept = 3000;
    const history = await startOn(setting, store, { ...limited({ historyMaxMessages: kept }), database: failing });
    failing.cut();
    publish(setting, inbox, anEnvelope({ thread_id: 'full' }));
    await eventually(() => failing.failures > 0, true);
    for (let index = 1; index < kept * 0.9; index += 1) publish(setting, inbox, anEnvelope({ thread_id: 'full' }));
    await setting.agent.flush();
    await history.look();
    expect(history.degraded()).toEqual([expect.stringContaining('% full')]);
    expect(history.metrics()).toMatchObject({ fill: 0.9, backlog: 2700, overflow_count: 0 });
    const total = kept * 3;
    for (let index = kept * 0.9; index < total; index += 1) publish(setting, inbox, anEnvelope({ thread_id: 'full' }));
    await setting.agent.flush();
    failing.mend();
    const accounted = async () => (await countIn(store, 'full')) + history.state().dropped;
    await eventually(accounted, total);
    expect(history.state().dropped).toBeGreaterThan(kept);
    await history.look();
    await eventually(() => history.degraded(), []);
  });

  test('given a stream that overflowed while no registry ran, when one starts, then what is missing is counted [history.limit.counted]', async () => {
    await (await startOn(setting, store, limited({ historyMaxMessages: 5 }))).stop();
    const { consumers } = await jetstreamManager(setting.agent);
    // The server may still try to serve the last question of the stopped one.
    await eventually(async () => (await consumers.info(names.stream, names.consumer)).num_waiting, 0);
    for (let index = 0; index < 12; index += 1) publish(setting, inbox, anEnvelope({ thread_id: 'overflowed' }));
    await setting.agent.flush();
    const history = await startOn(setting, store, limited({ historyMaxMessages: 5000 }));
    await eventually(() => countIn(store, 'overflowed'), 5);
    await eventually(() => history.state().dropped, 7);
  });

  test('given three registries, when the stream overflows while the database is away, then one of them counts each loss [history.limit.counted]', async () => {
    const failing = new FailingDatabase(store.database);
    const kept = 500;
    const changes = { ...limited({ historyMaxMessages: kept }), database: failing };
    const histories = await Promise.all([1, 2, 3].map(() => startOn(setting, store, changes)));
    const { consumers } = await jetstreamManager(setting.agent);
    await eventually(async () => (await consumers.info(names.stream, names.consumer)).num_waiting, 3);
    failing.cut();
    const sent = 10_000;
    for (let index = 0; index < sent; index += 1) publish(setting, inbox, anEnvelope({ thread_id: 'shared' }));
    await setting.agent.flush();
    await eventually(() => failing.failures > 0, true);
    failing.mend();
    const accounted = async () => {
      const dropped = histories.reduce((sum, history) => sum + history.state().dropped, 0);
      return (await countIn(store, 'shared')) + dropped;
    };
    await eventually(accounted, sent);
    await Promise.all(histories.map((history) => history.stop()));
    expect(await accounted()).toBe(sent);
    expect(await countIn(store, 'shared')).toBeLessThan(sent);
  });

  test('given a database away and large messages, then no more are taken from the stream than there is room for [history.in-flight]', async () => {
    const failing = new FailingDatabase(store.database);
    const history = await startOn(setting, store, { database: failing });
    failing.cut();
    const payload = 'x'.repeat(200_000);
    const count = 150;
    for (let index = 0; index < count; index += 1) publish(setting, inbox, anEnvelope({ thread_id: 'large', payload }));
    await setting.agent.flush();
    await eventually(() => failing.failures > 0, true);
    const { consumers } = await jetstreamManager(setting.agent);
    const room = (2 * 4_000_000 + limits.historyInFlightMaxBytes) / payload.length + 2;
    const taken = async () => (await consumers.info(names.stream, names.consumer)).num_ack_pending;
    await eventually(async () => (await taken()) > 40, true);
    expect(await taken()).toBeLessThan(room);
    failing.mend();
    await eventually(() => countIn(store, 'large'), count);
    expect(history.state().dropped).toBe(0);
  });

  test('given a registry that holds messages longer than the wait for its reports, then no other one gets them', async () => {
    const failing = new FailingDatabase(store.database);
    const history = await startOn(setting, store, { database: failing, ackWaitMs: 300 });
    failing.cut();
    publish(setting, inbox, anEnvelope({ thread_id: 'held' }));
    const { consumers } = await jetstreamManager(setting.agent);
    const reports: string[] = [];
    const listening = setting.agent.subscribe(`$JS.ACK.${names.stream}.>`);
    for await (const message of listening) {
      reports.push(message.string());
      if (reports.length === 5) break;
    }
    expect(new Set(reports)).toEqual(new Set(['+WPI']));
    expect((await consumers.info(names.stream, names.consumer)).num_redelivered).toBe(0);
    failing.mend();
    await eventually(() => countIn(store, 'held'), 1);
    expect(history.state().repeated).toBe(0);
  });
});
