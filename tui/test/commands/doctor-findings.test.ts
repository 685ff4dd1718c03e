import { encodeJson, history, type MetricsReply, nowTimestamp, subjects } from '@agentnet/protocol';
import { connect } from '@agentnet/sdk/transport';
import { expect, onTestFinished, test, vi } from 'vitest';
import type { Finding } from '../../src/doctor/finding.js';
import { findNatsServer } from '../../src/up/find-nats-server.js';
import { startNatsServer } from '../../src/up/nats-server.js';
import { agentnet } from '../agentnet-process.js';
import { tempFolder } from '../temp-folder.js';

vi.setConfig({ testTimeout: 120_000 });

const minuteMs = 60_000;
const queue = { enabled: true, size: 0, max: 0, batch_size: 1000, flush_ms: 40, overflow_count: 0 };

/** A real server, and on it a registry that tells of itself what a test wants to hear. */
async function networkThatTells(told: () => Partial<MetricsReply>) {
  const dataDir = await tempFolder();
  const settings = { host: '127.0.0.1', port: 0, token: 'own', dataDir };
  const server = await startNatsServer(findNatsServer(process.env), settings);
  onTestFinished(() => server.stop());
  const natsUrl = `nats://own@127.0.0.1:${server.port}`;
  const connection = await connect({ url: natsUrl });
  onTestFinished(() => connection.close());
  connection.subscribe(subjects.registryMetrics, {
    callback: (_error, asked) => {
      const reply = {
        generated_at: nowTimestamp(Date.now()),
        server_id: 'stand_in',
        window_size: 1024,
        store_enabled: true,
        db_write_queue: queue,
        latency_ms: {},
        handlers: {},
        ...told(),
      };
      asked.respond(encodeJson(reply));
    },
  });
  await connection.flush();
  const doctor = (...more: string[]) => agentnet(['doctor', '--nats-url', natsUrl, '--timeout', '5', ...more]);
  return {
    connection,
    doctor,
    async finding(check: string): Promise<Finding | undefined> {
      const { output } = await doctor('--json');
      return (JSON.parse(output).findings as Finding[]).find((one) => one.check === check);
    },
  };
}

const findings: [what: string, told: () => Partial<MetricsReply>, Finding][] = [
  [
    'has dead letters',
    () => ({ db_write_queue: { ...queue, dead_letters: 2, dead_letters_refused: 0 } }),
    {
      check: 'dead letters',
      verdict: 'warning',
      detail: '2 set aside, because they could not be recorded',
      fix: expect.stringContaining('`agentnet-registry dead-letters list`'),
    },
  ],
  [
    'has lost messages',
    () => ({ db_write_queue: { ...queue, overflow_count: 7 } }),
    {
      check: 'history writer',
      verdict: 'failure',
      detail: '0 captured messages wait, 7 could not be kept',
      fix: expect.stringContaining("the registry's log"),
    },
  ],
  [
    'is behind with the record',
    () => ({ db_write_queue: { ...queue, size: 12, backlog: 12, oldest_ms: 2 * minuteMs, fill: 0.1 } }),
    {
      check: 'history writer',
      verdict: 'warning',
      detail: '12 captured messages wait, the oldest for 2m, 0 could not be kept',
      fix: expect.stringContaining('db.persist_batch'),
    },
  ],
  [
    'has a clock of another day',
    () => ({ generated_at: nowTimestamp(Date.now() + 1440 * minuteMs) }),
    {
      check: 'clock',
      verdict: 'failure',
      detail: expect.stringMatching(/^this machine is 86\d{6} ms behind the registry/),
      fix: expect.stringContaining('NTP'),
    },
  ],
  [
    'has a database without fsync',
    () => ({
      store_durability: { engine: 'postgres', fsync: false, synchronous_commit: 'on', full_page_writes: true },
    }),
    {
      check: 'database',
      verdict: 'failure',
      detail: expect.stringMatching(/^postgres, fsync off, .*damage the whole database$/),
      fix: 'In psql: ALTER SYSTEM SET fsync = on; SELECT pg_reload_conf();',
    },
  ],
  [
    'has no database',
    () => ({ store_enabled: false, db_write_queue: { ...queue, enabled: false } }),
    {
      check: 'database',
      verdict: 'failure',
      detail: 'the registry keeps everything in memory',
      fix: expect.stringContaining('DATABASE_URL'),
    },
  ],
];

test.each(
  findings,
)('given a registry that %s, when examined, then people and programs read what to do', async (_what, told, expected) => {
  const { doctor, finding } = await networkThatTells(told);
  const found = await finding(expected.check);
  expect(found).toEqual(expected);
  const lines = (await doctor()).output.split('\n').map((line) => line.replaceAll(/ +/g, ' '));
  const mark = expected.verdict === 'warning' ? '!' : '✗';
  const place = lines.findIndex((line) => line.startsWith(`${mark} ${expected.check} `));
  // A clock is asked anew, so its milliseconds differ.
  const words = (text = '') => text.replaceAll(/\d{4,}/g, 'N');
  expect(words(lines[place])).toBe(words(`${mark} ${expected.check} ${found?.detail}`));
  expect(lines[place + 1]).toBe(` ${found?.fix}`);
});

test('given a stream of unrecorded messages that is nearly full, when examined, then it is a failure before anything is lost', async () => {
  const { connection, finding, doctor } = await networkThatTells(() => ({}));
  const config = { name: history.stream, subjects: ['account.*.inbox'], max_msgs: 10, storage: 'file', no_ack: true };
  await connection.request(`$JS.API.STREAM.CREATE.${history.stream}`, encodeJson(config));
  for (let index = 0; index < 9; index++) connection.publish(subjects.accountInbox('acct_1'), '{}');
  await connection.flush();
  expect(await finding('stream backlog')).toEqual({
    check: 'stream backlog',
    verdict: 'failure',
    detail: expect.stringMatching(
      /^9 messages and 0 receipts wait to be recorded, the oldest for \S+, 90 % of what fits$/,
    ),
    fix: expect.stringContaining('raise the limits'),
  });
  expect((await doctor()).code).toBe(2);
});
