import { pino } from 'pino';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { RegistryDeps } from '../src/deps.js';
import { makeSessionTag } from '../src/domain/ids.js';
import { pruneOld } from '../src/jobs/prune.js';
import { runExclusively } from '../src/jobs/run-exclusively.js';
import { RegistryMetrics } from '../src/metrics/registry-metrics.js';
import { resolveOptions } from '../src/options.js';
import { HelloAbsorber } from '../src/presence/absorb-hellos.js';
import { expireSilentSessions } from '../src/presence/expire-sessions.js';
import { type Database, openDatabase } from '../src/store/database.js';
import { insertSession } from '../src/store/sessions.js';
import { describeOnEachDatabase, describeOnPostgres, type TestDatabase } from './harness/databases.js';
import { Clock } from './harness/network.js';

const DAY_SECONDS = 86_400;
const log = pino({ level: 'silent' });

describeOnEachDatabase('housekeeping', (kind) => {
  const clock = new Clock();
  let home: TestDatabase;
  let database: Database;
  let deps: RegistryDeps;

  const openSession = async () => {
    const session_tag = makeSessionTag('r', clock.now());
    const profile = { name: 'a', capabilities: [], metadata: {} };
    const names = { agent_id: 'a', account_id: 'acct', username: 'a', server_id: 'r' };
    await insertSession(database, { session_tag, ...names, profile, seenAtMs: clock.now() });
    return session_tag;
  };
  const statusOf = async (tag: string) =>
    (await database.query<{ status: string }>('SELECT status FROM agent_sessions WHERE session_tag = $1', [tag]))[0]
      ?.status;

  beforeAll(async () => {
    home = await kind.create();
    database = await openDatabase(home.options);
    const config = resolveOptions({
      natsUrl: 'nats://127.0.0.1',
      database: home.options,
      agentTtlSeconds: 30,
      sessionRetentionDays: 2,
    });
    const presence = new HelloAbsorber({ database, serverId: 'r', log });
    const metrics = new RegistryMetrics(config.metricsWindowSize);
    deps = { database, config, now: clock.now, log, presence, metrics, announceKeyChange: () => {} };
  });
  afterAll(async () => {
    await database.close();
    await home.drop();
  });

  test('given a silent session and a live one, when the job runs, then only the silent one is marked', async () => {
    const silent = await openSession();
    clock.advance(31);
    const live = await openSession();
    await expireSilentSessions(deps);
    expect([await statusOf(silent), await statusOf(live)]).toEqual(['offline', 'online']);
  });

  test('given a hello that was absorbed and not written, when the job runs, then its session stays online', async () => {
    const tag = await openSession();
    clock.advance(31);
    const profile = { name: 'a', capabilities: [], metadata: {} };
    deps.presence.absorb({
      session_tag: tag,
      agent_id: 'a',
      account_id: undefined,
      username: 'a',
      profile,
      seenAtMs: clock.now(),
    });
    await expireSilentSessions(deps);
    expect(await statusOf(tag)).toBe('online');
  });

  test('given offline sessions, when their retention has passed, then they are deleted and accounts are not [thread.retention]', async () => {
    const old = await openSession();
    clock.advance(31);
    await expireSilentSessions(deps);
    clock.advance(DAY_SECONDS);
    await pruneOld(deps);
    expect(await statusOf(old)).toBe('offline');
    clock.advance(DAY_SECONDS);
    await pruneOld(deps);
    expect(await statusOf(old)).toBeUndefined();
  });
});

describeOnPostgres('exclusive jobs', (kind) => {
  test('given one job under way, when another registry starts the same, then it is skipped and a different job runs', async () => {
    const home = await kind.create();
    const database = await openDatabase(home.options);
    const outcomes = await runExclusively(database, 'one', async () => [
      await runExclusively(database, 'one', async () => 'ran'),
      await runExclusively(database, 'two', async () => 'ran'),
    ]);
    expect(outcomes).toEqual([undefined, 'ran']);
    await database.close();
    await home.drop();
  });
});
