import { limits, subjects } from '@agentnet/protocol';
import { connect } from '@agentnet/sdk/transport';
import { expect, onTestFinished, test } from 'vitest';
import { Bridge } from '../src/history/bridge.js';
import type { Captured } from '../src/history/captured.js';
import { messageStream } from '../src/history/stream.js';
import { makeLogger } from '../src/log.js';
import { startNatsServer } from './harness/nats-server.js';
import { statusListeners } from './harness/status-listeners.js';

const election = `$JS.EVENT.ADVISORY.STREAM.LEADER_ELECTED.${messageStream.stream}`;

/** A bridge whose clock and database are the test's. */
async function openBridge() {
  const server = await startNatsServer();
  onTestFinished(() => server.stop());
  const connection = await connect({ url: server.url });
  onTestFinished(() => connection.close());
  const clock = { ms: 0 };
  const counters = { written: 0 };
  const recorded: string[] = [];
  const ids: string[] = [];
  const reports: number[] = [];
  const bridge = new Bridge({
    connection,
    stream: messageStream,
    sink: {
      read(batch: readonly Captured[]) {
        ids.push(...batch.map(({ captureId }) => captureId));
        return batch.map(({ body }) => Buffer.from(body).toString().slice(0, 9));
      },
      async write(bodies: readonly string[]) {
        recorded.push(...bodies);
        counters.written += bodies.length;
      },
    },
    counters,
    onRecorded: (count) => reports.push(count),
    log: makeLogger({ level: 'silent', secrets: [] }),
    now: () => clock.ms,
  });
  const say = async (subject: string, body: string) => {
    connection.publish(subject, body);
    await connection.flush();
  };
  return { bridge, clock, connection, ids, recorded, reports, say };
}

test('given messages and an election, when the bridge stops, then it records those of the last minute first', async () => {
  const { bridge, clock, recorded, reports, say } = await openBridge();
  await say(subjects.accountInbox('acct_a'), 'old');
  clock.ms = limits.historyBridgeMs;
  await say(subjects.accountInbox('acct_a'), 'young');
  await say(subjects.capability('tea'), 'younger');
  await say(election, '{}');
  await bridge.stop();
  expect([recorded, reports]).toEqual([['young', 'younger'], [2]]);
});

test('given small bodies and then more bytes than it may remember, when an election comes, then the oldest are forgotten', async () => {
  const { bridge, recorded, say } = await openBridge();
  const size = 1_000_000;
  const count = Math.ceil(limits.historyBridgeMaxBytes / size) + 2;
  for (let number = 0; number < 100; number++) await say(subjects.accountInbox('acct_a'), 'small');
  for (let number = 0; number < count; number++)
    await say(subjects.accountInbox('acct_a'), String(number).padEnd(size, ' '));
  await say(election, '{}');
  await bridge.stop();
  expect(recorded.length).toBe(Math.floor(limits.historyBridgeMaxBytes / size));
  expect(Number(recorded.at(-1))).toBe(count - 1);
});

test('given no election, when the bridge stops, then it records nothing', async () => {
  const { bridge, recorded, say } = await openBridge();
  await say(subjects.accountInbox('acct_a'), 'in the stream');
  await bridge.stop();
  expect(recorded).toEqual([]);
});

test('given a body that two registries heard, when both record it, then they name it alike and other bodies otherwise', async () => {
  const bridges = [await openBridge(), await openBridge()];
  for (const [index, { bridge, clock, say }] of bridges.entries()) {
    clock.ms = index;
    await say(subjects.accountInbox('acct_a'), 'no message');
    await say(subjects.accountInbox('acct_b'), 'no message');
    await say(election, '{}');
    await bridge.stop();
  }
  const [first, second] = bridges.map(({ ids }) => ids);
  expect(first).toEqual(second);
  expect(new Set(first).size).toBe(2);
});

test('given a bridge on a connection that stays, when it stops, then the connection tells it of no status any more', async () => {
  const { bridge, connection } = await openBridge();
  const before = statusListeners(connection);
  await bridge.stop();
  expect([before, statusListeners(connection)]).toEqual([1, 0]);
});
