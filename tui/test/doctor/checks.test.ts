import { describe, expect, test } from 'vitest';
import { checkClock } from '../../src/doctor/check-clock.js';
import { checkDatabase } from '../../src/doctor/check-database.js';
import { checkDeadLetters, checkWriter } from '../../src/doctor/check-history.js';
import { exitCodeOfFindings, type Verdict } from '../../src/doctor/finding.js';
import type { Patient } from '../../src/doctor/patient.js';

const noon = Date.parse('2026-03-01T12:00:00Z');

/** A registry that gave these counters, asked at noon and answering 100 ms later. */
function patient(facts: object = {}): Patient {
  const reply = {
    generated_at: '2026-03-01T12:00:00.050Z',
    server_id: 'r',
    window_size: 1024,
    store_enabled: true,
    db_write_queue: { enabled: true, size: 0, max: 0, batch_size: 1000, flush_ms: 40, overflow_count: 0 },
    latency_ms: {},
    handlers: {},
    ...facts,
  };
  const metrics = Promise.resolve({ reply, askedAtMs: noon, answeredAtMs: noon + 100 });
  return { metrics, network: { natsUrl: 'nats://127.0.0.1:4222' } } as unknown as Patient;
}

const queue = (facts: object) =>
  patient({
    db_write_queue: { enabled: true, size: 0, max: 0, batch_size: 1000, flush_ms: 40, overflow_count: 0, ...facts },
  });

describe('given a registry and this machine', () => {
  test.each([
    ['agree', '2026-03-01T12:00:00.050Z', 'ok', 'agrees'],
    ['differ by half a second', '2026-03-01T12:00:00.600Z', 'ok', 'agrees'],
    ['differ by five seconds', '2026-03-01T12:00:05.100Z', 'warning', '5000 ms behind'],
    ['differ by a minute', '2026-03-01T11:59:00Z', 'failure', '60000 ms ahead of'],
    ['cannot be compared', 'high noon', 'unknown', 'cannot be read'],
  ])('when their clocks %s, then the verdict fits', async (_how, generated_at, verdict, detail) => {
    expect(await checkClock(patient({ generated_at }))).toMatchObject({
      verdict,
      detail: expect.stringContaining(detail),
    });
  });
});

test.each([
  ['does not count them', {}, 'unknown'],
  ['has none', { dead_letters: 0, dead_letters_refused: 0 }, 'ok'],
  ['has some', { dead_letters: 3, dead_letters_refused: 0 }, 'warning'],
  ['has lost some for want of room', { dead_letters: 10_000, dead_letters_refused: 1 }, 'failure'],
])('given a registry that %s, when dead letters are looked for, then the verdict fits', async (_what, facts, verdict) => {
  const finding = await checkDeadLetters(queue(facts));
  expect(finding.verdict).toBe(verdict);
  expect(finding.fix?.includes('agentnet-registry dead-letters list') ?? false).toBe(/warning|failure/.test(verdict));
});

const durable = { engine: 'postgres', version: '17.2', fsync: true, synchronous_commit: 'on', full_page_writes: true };
const withDatabase = (facts: object) => ({ store_durability: { ...durable, ...facts } });

test.each([
  [
    'is a durable server',
    withDatabase({}),
    'ok',
    /^postgres 17\.2, fsync on, synchronous_commit on, full_page_writes on$/,
  ],
  ['waits for its standby, too', withDatabase({ synchronous_commit: 'remote_apply' }), 'ok', /remote_apply/],
  ['is not told', {}, 'unknown', /does not tell/],
  ['is memory', withDatabase({ engine: 'memory', fsync: false }), 'failure', /in memory/],
  ['is none', { store_enabled: false }, 'failure', /in memory/],
  ['writes without fsync', withDatabase({ fsync: false }), 'failure', /fsync off, .*: a power cut can damage/],
  ['writes no full pages', withDatabase({ full_page_writes: false }), 'warning', /half written/],
  ['does not wait for commits', withDatabase({ synchronous_commit: 'off' }), 'warning', /undoes the last commits/],
  ['is built in', withDatabase({ engine: 'pglite', fsync: false }), 'ok', /not a power cut, which is fine/],
])('given a database that %s, when looked at, then the verdict fits', async (_what, facts, verdict, detail) => {
  const finding = await checkDatabase(patient(facts));
  expect(finding).toMatchObject({ verdict, detail: expect.stringMatching(detail) });
  expect(finding.fix === undefined).toBe(!/warning|failure/.test(verdict));
});

test('given several weak settings of a server, when looked at, then one fix mends them all', async () => {
  const { fix } = await checkDatabase(patient(withDatabase({ fsync: false, synchronous_commit: 'off' })));
  expect(fix).toBe(
    'In psql: ALTER SYSTEM SET fsync = on; ALTER SYSTEM SET synchronous_commit = on; SELECT pg_reload_conf();',
  );
});

test('given the built-in database on another machine, when looked at, then a server is advised', async () => {
  const { metrics } = patient(withDatabase({ engine: 'pglite', fsync: false }));
  const network = { natsUrl: 'nats://t0ken@nats.example.org:4222' };
  const finding = await checkDatabase({ metrics, network } as unknown as Patient);
  expect(finding).toMatchObject({ verdict: 'warning', fix: expect.stringContaining('--database-url') });
});

test.each([
  ['keeps up', {}, 'ok'],
  ['has much to do', { size: 5000 }, 'warning'],
  ['lags a minute behind', { size: 3, oldest_ms: 60_000 }, 'warning'],
  ['has little room left', { size: 9, max: 10 }, 'warning'],
  ['has lost messages', { overflow_count: 1 }, 'failure'],
  ['does not write', { enabled: false }, 'failure'],
])('given a history writer that %s, when looked at, then the verdict fits', async (_what, facts, verdict) => {
  const finding = await checkWriter(queue(facts));
  expect(finding.verdict).toBe(verdict);
  expect(finding.fix === undefined).toBe(verdict === 'ok');
});

test.each<[Verdict[], number]>([
  [['ok', 'unknown'], 0],
  [['ok', 'warning'], 1],
  [['warning', 'failure'], 2],
])('given findings %j, when the command ends, then the worst one decides the exit code', (verdicts, code) => {
  expect(exitCodeOfFindings(verdicts.map((verdict) => ({ check: 'x', verdict, detail: '' })))).toBe(code);
});
