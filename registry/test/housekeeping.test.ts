import { limits } from '@agentnet/protocol';
import { pino } from 'pino';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { RegistryDeps } from '../src/deps.js';
import { makeSessionTag } from '../src/domain/ids.js';
import { pruneOld } from '../src/jobs/prune.js';
import { runExclusively } from '../src/jobs/run-exclusively.js';
import { RegistryMetrics } from '../src/metrics/registry-metrics.js';
import { list } from '../src/operations/list.js';
import { resolveOptions } from '../src/options.js';
import { HelloAbsorber } from '../src/presence/absorb-hellos.js';
import { expireSilentSessions } from '../src/presence/expire-sessions.js';
import { accountLookups } from '../src/store/account-lookups.js';
import { type Database, openDatabase } from '../src/store/database.js';
import { recordMessages } from '../src/store/messages.js';
import { openSession } from '../src/store/open-session.js';
import { eraseMessages, findThread, pruneThreads } from '../src/store/threads.js';
import { describeOnEachDatabase, describeOnPostgres, type TestDatabase } from './harness/databases.js';
import { Clock } from './harness/network.js';
import { anEnvelope, aRow } from './harness/records.js';

const DAY_SECONDS = 86_400;
const log = pino({ level: 'silent' });

describeOnEachDatabase('housekeeping', (kind) => {
  const clock = new Clock();
  let home: TestDatabase;
  let database: Database;
  let deps: RegistryDeps;

  const aSession = async () => {
    const session_tag = makeSessionTag('r', clock.now());
    const profile = { name: 'a', capabilities: [], metadata: {} };
    const claim = { accountId: 'acct', username: 'a', profile, nowMs: clock.now() };
    await openSession(database, claim, { session_tag, agent_id: 'a', server_id: 'r' });
    return session_tag;
  };
  const statusOf = async (tag: string) =>
    (await database.query<{ status: string }>('SELECT status FROM agent_sessions WHERE session_tag = $1', [tag]))[0]
      ?.status;

  const threadOf = (threadId: string) => findThread(database, threadId);

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
    const lookups = accountLookups(database, () => ({ nowMs: clock.now(), cutoffMs: 0 }));
    deps = { database, config, now: clock.now, log, presence, metrics, lookups, announceKeyChange: () => {} };
  });
  afterAll(async () => {
    await database.close();
    await home.drop();
  });

  test('given a silent session and a live one, when the job runs, then only the silent one is marked', async () => {
    const silent = await aSession();
    clock.advance(31);
    const live = await aSession();
    await expireSilentSessions(deps);
    expect([await statusOf(silent), await statusOf(live)]).toEqual(['offline', 'online']);
  });

  test('given a hello that was absorbed and not written, when the job runs, then its session stays online', async () => {
    const tag = await aSession();
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
    const old = await aSession();
    clock.advance(31);
    await expireSilentSessions(deps);
    clock.advance(DAY_SECONDS);
    await pruneOld(deps);
    expect(await statusOf(old)).toBe('offline');
    clock.advance(DAY_SECONDS);
    await pruneOld(deps);
    expect(await statusOf(old)).toBeUndefined();
  });

  test('given more of everything than one batch, when the job runs again and again, then it says so until all is gone', async () => {
    const past = '2001-01-01T00:00:00Z';
    const rows = limits.rowPruneBatch + 1;
    const fill = async (sql: string, count: number) => void (await database.query(sql, [past, count]));
    await fill(
      `INSERT INTO agent_sessions (session_tag, agent_id, name, server_id, last_seen, status)
       SELECT 'old_' || n, 'a', 'a', 'r', $1::timestamptz, 'offline' FROM generate_series(1, $2::int) AS n`,
      rows,
    );
    await fill(
      `INSERT INTO agent_auth_nonces (owner, nonce, used_at)
       SELECT 'acct', 'nonce_' || n, $1::timestamptz FROM generate_series(1, $2::int) AS n`,
      rows,
    );
    await fill(
      `INSERT INTO agent_threads (thread_id, created_at, updated_at, last_message_at)
       SELECT 'thread_' || n, $1::timestamptz, $1::timestamptz, $1::timestamptz FROM generate_series(1, $2::int) AS n`,
      limits.threadPruneBatch + 1,
    );
    const left = async () => {
      const [row] = await database.query<object>(
        `SELECT (SELECT count(*) FROM agent_sessions WHERE last_seen = $1::timestamptz) AS sessions,
           (SELECT count(*) FROM agent_auth_nonces) AS nonces, (SELECT count(*) FROM agent_threads) AS threads`,
        [past],
      );
      return row;
    };
    expect(await pruneOld(deps)).toEqual({ more: true });
    expect(await left()).toEqual({ sessions: 1, nonces: 1, threads: 1 });
    expect(await pruneOld(deps)).toEqual({ more: false });
    expect(await left()).toEqual({ sessions: 0, nonces: 0, threads: 0 });
  });

  test('given an old thread of more messages than one batch, when it is pruned, then each transaction deletes one batch and a new thread of its id keeps what is newer [thread.retention]', async () => {
    const batches = 2;
    const old = new Date(clock.now() - 40 * DAY_SECONDS * 1000).toISOString();
    await database.query(
      `INSERT INTO agent_threads (thread_id, created_at, updated_at, last_message_at, message_count)
       VALUES ('huge', $1::timestamptz, $1::timestamptz, $1::timestamptz, $2)`,
      [old, batches * limits.messagePruneBatch + 7],
    );
    await database.query(
      `INSERT INTO agent_messages (message_id, thread_id, to_agent, kind, schema_version, payload_text, sent_at, received_at, ordered_at, subject)
       SELECT 'huge_' || n, 'huge', 'b', 'direct', '1.1', 'null', $1::timestamptz, $1::timestamptz, $1::timestamptz, 's'
       FROM generate_series(1, $2::int) AS n`,
      [old, batches * limits.messagePruneBatch + 7],
    );
    expect(await pruneThreads(database, clock.now() - DAY_SECONDS * 1000)).toBe(1);
    expect(await threadOf('huge')).toBeUndefined();
    const now = new Date(clock.now()).toISOString();
    await recordMessages(database, [aRow(anEnvelope({ thread_id: 'huge', message_id: 'later' }), now)]);
    expect(await eraseMessages(database)).toBe(limits.messagePruneBatch);
    await pruneOld(deps);
    expect(await eraseMessages(database)).toBe(0);
    expect((await threadOf('huge'))?.message_count).toBe(1);
    const left = await database.query<object>(`SELECT message_id FROM agent_messages WHERE thread_id = 'huge'`);
    expect(left).toEqual([{ message_id: 'later' }]);
    expect(await database.query('SELECT * FROM agent_thread_erasures')).toEqual([]);
  });

  test('given a hello that waited until its session was long gone, when it is written, then nobody is online by it [presence.no-ghosts]', async () => {
    const tag = makeSessionTag('r', clock.now());
    const profile = { name: 'a', capabilities: [], metadata: {} };
    const hello = { session_tag: tag, agent_id: 'a', account_id: undefined, username: 'ghost', profile };
    deps.presence.absorb({ ...hello, seenAtMs: clock.now() });
    clock.advance(31);
    await deps.presence.flush();
    expect(await list(deps, {})).toMatchObject({ agents: [] });
    await expireSilentSessions(deps);
    expect(await statusOf(tag)).toBe('offline');
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
