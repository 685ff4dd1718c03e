import { beforeAll, expect, test } from 'vitest';
import type { TimePlace } from '../src/domain/page-cursor.js';
import { firstPlace } from '../src/domain/search-cursor.js';
import { findKeysOfAccounts } from '../src/store/account-keys.js';
import { findAccountById, findAccountByUsername, findAccountIds } from '../src/store/accounts.js';
import type { Queryable } from '../src/store/database.js';
import { findMessages } from '../src/store/find-messages.js';
import type { MessagePage, RowChoice } from '../src/store/message-choice.js';
import { addMissingWords } from '../src/store/missing-words.js';
import { type AccountFilter, searchAccounts } from '../src/store/search-accounts.js';
import { expireSessions, listSessions, listSessionsOfAccount, pruneSessions } from '../src/store/sessions.js';
import { eraseMessages, findThread, listThreads, pruneThreads } from '../src/store/threads.js';
import { describeOnEachDatabase } from './harness/databases.js';
import { ExplainedDatabase } from './harness/explained.js';
import { fill, filled } from './harness/fill.js';
import { useStore } from './harness/records.js';

const noon = Date.parse('2026-01-10T12:00:00Z');
const page: MessagePage = { filters: {}, before: { id: 'f', time: new Date(noon).toISOString() }, count: 51 };
const cutoffMs = Date.parse('2026-01-01T00:30:00Z');
const accounts: AccountFilter = {
  query: '',
  capability: null,
  onlineOnly: false,
  cutoffMs,
  place: firstPlace,
  count: 21,
};

describeOnEachDatabase('plans of a filled database', (kind) => {
  const store = useStore(kind);
  beforeAll(() => fill(store.database));

  /** Nothing is read from end to end; returns the indexes used. */
  async function indexesOf(run: (db: ExplainedDatabase) => Promise<unknown>): Promise<string[]> {
    const explained = new ExplainedDatabase(store.database);
    await run(explained);
    const plans = explained.plans;
    expect(plans.flatMap(({ scanned }) => scanned)).toEqual([]);
    return plans.flatMap(({ indexes }) => indexes);
  }

  async function expectIndex(index: string, run: (db: ExplainedDatabase) => Promise<unknown>): Promise<void> {
    expect(await indexesOf(run)).toContain(index);
  }

  test.each<[string, Partial<MessagePage>]>([
    ['agent_messages_by_time', {}],
    ['agent_messages_by_thread', { filters: { thread_id: 'thread_7' } }],
    ['agent_messages_by_sender', { filters: { from_account_id: 'acct_7' } }],
    ['agent_messages_by_addressee', { filters: { to_account_id: 'acct_7' } }],
    ['agent_messages_by_kind', { filters: { kind: 'system' } }],
    ['agent_messages_by_trace', { filters: { trace_id: '8f14e45fceea167a5a36dedd4bea2543' } }],
    [
      'agent_messages_by_sent_at',
      { before: undefined, filters: { from_ts: '2026-01-05', to_ts: '2026-01-05T01:00Z' } },
    ],
    [
      'agent_messages_by_received_at',
      { before: undefined, filters: { received_from_ts: '2026-01-05', received_to_ts: '2026-01-05T01:00Z' } },
    ],
    ['agent_messages_by_sender', { participant: 'acct_7' }],
    ['agent_messages_by_addressee', { participant: 'acct_7' }],
    ['agent_messages_by_time', { words: ['every'] }],
    ['agent_messages_by_word', { words: ['rare'], before: undefined }],
    ['agent_messages_by_word', { words: ['rare', 'every'], before: undefined }],
    ['agent_receipts_unprocessed', { status: 'rejected', before: undefined }],
    ['agent_messages_by_time', { status: 'processed' }],
  ])('given %s, when messages are searched by %j, then it is used', async (index, asked) => {
    await expectIndex(index, (db) => findMessages(db, { ...page, ...asked }));
  });

  /** All messages of a choice, page by page, and how many pages it took. */
  async function walk(choice: RowChoice): Promise<{ ids: string[]; pages: number }> {
    const ids: string[] = [];
    let before: TimePlace | undefined;
    for (let pages = 1; ; pages += 1) {
      const found = await findMessages(store.database, { ...choice, before, count: 50 });
      ids.push(...found.messages.map(({ message_id }) => message_id));
      const last = found.messages.length === 50 ? found.messages.at(-1) : undefined;
      before = last ? { id: last.message_id, time: last.ordered_at } : found.lookedTo;
      if (!before) return { ids, pages };
    }
  }

  test.each<[RowChoice, string, number]>([
    [{ filters: {}, words: ['tenth'] }, 'n % 10 = 0', 61],
    [{ filters: {}, words: ['rare', 'every'] }, 'n % 1000 = 0', 1],
    [{ filters: {}, words: ['w7'] }, 'n % 500 = 7', 2],
    [{ filters: { kind: 'direct' }, words: ['w7'] }, 'n % 500 = 7', 2],
    [{ filters: {}, participant: 'acct_7', words: ['tenth'] }, 'n % 10 = 0 AND 7 IN (n % 97, n % 89)', 2],
    [{ filters: {}, status: 'rejected' }, 'n % 1000 = 0', 1],
    [{ filters: {}, status: 'accepted' }, 'false', 1],
    [{ filters: {}, participant: 'acct_7', status: 'processed' }, 'n % 1000 > 0 AND 7 IN (n % 97, n % 89)', 13],
    [{ filters: {}, participant: 'acct_7', status: 'rejected' }, 'n % 1000 = 0 AND 7 IN (n % 97, n % 89)', 1],
    [{ filters: { thread_id: 'thread_7' }, status: 'processed' }, 'n % 10000 = 7', 1],
    // 500 rows are looked at, then 4,000, and the page ends.
    [{ filters: {}, status: 'received' }, 'false', 7],
  ])('given %j, when its pages are followed, then every message where %s comes once, newest first [history.search.short]', async (choice, where, pages) => {
    const wanted = await store.database.query<{ id: string }>(
      `SELECT md5(n::text) AS id FROM generate_series(1, ${filled.messages}) AS n WHERE ${where} ORDER BY n DESC`,
    );
    expect(await walk(choice)).toEqual({ ids: wanted.map(({ id }) => id), pages });
  });

  test.each<[string, Partial<AccountFilter>]>([
    ['agent_accounts_username_key', {}],
    ['agent_accounts_by_name_part', { query: 'c4ca4238' }],
    ['agent_accounts_by_name_part', { query: 'gent 4321' }],
    ['agent_accounts_username_key', { place: { shown: [1, 2, 3], after: 'user8' } }],
    ['agent_sessions_by_account', { onlineOnly: true }],
  ])('given %s, when accounts are walked by username and %j, then it is used', async (index, asked) => {
    const filter = { ...accounts, place: { shown: [], after: '' }, ...asked };
    await expectIndex(index, (db) => searchAccounts(db, filter));
  });

  // How many have a capability is estimated from a random sample: of one account in 500, either plan may look cheaper.
  test('given a capability, when accounts are walked by username, then its index or that of usernames is used', async () => {
    const filter = { ...accounts, place: { shown: [], after: '' }, capability: 'skill7' };
    const indexes = await indexesOf((db) => searchAccounts(db, filter));
    expect(indexes[0]).toBeOneOf(['agent_accounts_username_key', 'agent_accounts_capabilities']);
  });

  test.each<[string, (db: ExplainedDatabase) => Promise<unknown>]>([
    ['agent_accounts_pkey', (db) => findAccountById(db, 'acct_7')],
    ['agent_accounts_username_key', (db) => findAccountByUsername(db, 'user7')],
    ['agent_accounts_username_key', (db) => findAccountIds(db, ['user7', 'user8'])],
    ['agent_accounts_pkey', (db) => findKeysOfAccounts(db, ['acct_7', 'acct_8'], { nowMs: 0, cutoffMs: 0 })],
    ['agent_sessions_listed', (db) => listSessions(db, { cutoffMs, after: ['agent_3', 'tag_3'], count: 21 })],
    ['agent_sessions_by_account', (db) => listSessionsOfAccount(db, 'acct_8', cutoffMs)],
    ['agent_sessions_by_age', (db) => expireSessions(db, Date.parse('2026-01-01T00:00:10Z'))],
    ['agent_sessions_by_age', (db) => pruneSessions(db, Date.parse('2026-01-01T00:00:10Z'))],
    ['agent_threads_pkey', (db) => findThread(db, 'thread_7')],
    [
      'agent_threads_by_activity',
      (db) => listThreads(db, { participant: null, query: '', before: undefined, count: 21 }),
    ],
    [
      'agent_threads_by_activity',
      (db) => listThreads(db, { participant: null, query: '_7', before: { id: 't', time: '2026-01-05Z' }, count: 21 }),
    ],
    [
      'agent_threads_by_participant',
      (db) => listThreads(db, { participant: 'acct_seldom', query: '', before: undefined, count: 21 }),
    ],
    ['agent_threads_by_activity', (db) => pruneThreads(db, Date.parse('2026-01-01T00:10:00Z'))],
    ['agent_messages_without_words', (db) => addMissingWords(db, () => [])],
  ])('given %s, when its query runs, then it is used', async (index, run) => {
    await expectIndex(index, run);
  });

  test('given pruned threads, when their messages are erased, then they are found by their index', async () => {
    await store.database.query('DELETE FROM agent_thread_erasures');
    await store.database.query(`INSERT INTO agent_thread_erasures VALUES ('thread_9', '2027-01-01Z')`);
    const explained = new ExplainedDatabase(store.database);
    expect(await eraseMessages(explained)).toBe(3);
    expect(explained.plans[0]?.indexes).toContain('agent_messages_by_thread');
    expect(explained.plans[0]?.scanned).toEqual(['agent_thread_erasures']);
  });

  test('given a message that is deleted while a page is read, when the page is full without it, then the walk goes on', async () => {
    const deleting: Queryable = {
      async query<Row>(sql: string, params?: readonly unknown[]): Promise<Row[]> {
        const rows = await store.database.query<Row>(sql, params);
        await store.database.query('DELETE FROM agent_messages WHERE message_id = md5($1)', ['29990']);
        return rows;
      },
    };
    const found = await findMessages(deleting, { filters: {}, words: ['tenth'], before: undefined, count: 50 });
    const last = found.messages[48];
    expect(found).toMatchObject({
      messages: { length: 49 },
      lookedTo: { id: last?.message_id, time: last?.ordered_at },
    });
  });
});
