import { is, limits } from '@agentnet/protocol';
import { beforeAll, expect, test } from 'vitest';
import { threadList } from '../src/operations/thread-list.js';
import { recordMessages } from '../src/store/messages.js';
import { describeOnEachDatabase } from './harness/databases.js';
import { anEnvelope, aRow, useStore } from './harness/records.js';

describeOnEachDatabase('listing threads', (kind) => {
  const store = useStore(kind);

  const list = async (request: Parameters<typeof threadList>[1]) =>
    (await threadList(store.deps, { query: 'List', ...request })).results.map((thread) => thread.thread_id);

  beforeAll(async () => {
    await store.record(
      anEnvelope({ thread_id: 'list_old', sent_at: '2026-02-21T06:00:00Z', from_account_id: 'acct_lister' }),
      anEnvelope({ thread_id: 'list_9999', sent_at: '9999-12-31T00:00:00Z' }),
      anEnvelope({ thread_id: 'list_%', sent_at: '2026-02-21T07:00:00Z', to_account_id: 'acct_lister' }),
      anEnvelope({ thread_id: 'list_new', sent_at: '2026-02-21T07:30:00Z' }),
    );
    await recordMessages(store.database, [
      aRow(anEnvelope({ thread_id: 'list_newest', sent_at: '2026-02-21T08:00:01Z' }), '2026-02-21T08:00:02Z'),
    ]);
    const account = `INSERT INTO agent_accounts (account_id, username, display_name) VALUES ($1, $2, $2)`;
    await store.database.query(account, ['acct_lister', 'lister']);
  });

  test.each([
    [{}, ['list_newest', 'list_9999', 'list_new', 'list_%', 'list_old']],
    [{ query: 'T_%' }, ['list_%']],
    [{ participant_account_id: 'acct_lister' }, ['list_%', 'list_old']],
    [{ participant_username: ' @Lister' }, ['list_%', 'list_old']],
    [{ participant_account_id: 'acct_nobody', participant_username: 'lister' }, []],
    [{ limit: 1 }, ['list_newest']],
  ])('given %j, when listed, then %j, a date of 9999 pinning nothing', async (request, ids) => {
    expect(await list(request)).toEqual(ids);
  });

  test('given a limit of 2, when cursors are followed, then every thread comes once', async () => {
    const first = await threadList(store.deps, { query: 'list', limit: 2 });
    const second = await threadList(store.deps, { query: 'list', limit: 2, cursor: first.next_cursor ?? '' });
    const third = await threadList(store.deps, { query: 'list', limit: 2, cursor: second.next_cursor ?? '' });
    expect([first, second, third].flatMap(({ results }) => results.map((thread) => thread.thread_id))).toEqual(
      await list({}),
    );
    expect(third.next_cursor).toBeUndefined();
    expect(is('ThreadListReply', first)).toBe(true);
  });

  test('given an unknown username, when listed, then there are no rows, no error and no limit fields', async () => {
    const reply = await threadList(store.deps, { participant_username: '@Ghost', soft_limit_tokens: 5 });
    expect(reply).toEqual({
      query: '',
      limit: 20,
      participant_account_id: null,
      participant_username: 'ghost',
      generated_at: '2026-02-21T08:00:00.000Z',
      results: [],
    });
  });

  test('given a known username, when listed, then its account and the limits used are in the reply', async () => {
    const reply = await threadList(store.deps, { participant_username: 'LISTER', soft_limit_tokens: 5 });
    expect(reply).toMatchObject({
      participant_account_id: 'acct_lister',
      participant_username: 'lister',
      soft_limit_tokens: 5,
      hard_limit_tokens: limits.threadHardLimitTokens,
    });
  });
});
