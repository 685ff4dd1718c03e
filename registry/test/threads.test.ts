import { encodeJson, is, limits, type ThreadMessagesReply } from '@agentnet/protocol';
import { beforeAll, describe, expect, test } from 'vitest';
import { messageSearch } from '../src/operations/message-search.js';
import { threadList } from '../src/operations/thread-list.js';
import { threadMessages } from '../src/operations/thread-messages.js';
import { threadStatus } from '../src/operations/thread-status.js';
import { recordMessages } from '../src/store/messages.js';
import { eraseMessages, pruneThreads } from '../src/store/threads.js';
import { describeOnEachDatabase } from './harness/databases.js';
import { anEnvelope, aRow, type Store, useStore } from './harness/records.js';

/** What a client gets: raw payloads parsed. */
function onTheWire<T>(reply: T): T {
  return JSON.parse(Buffer.from(encodeJson(reply)).toString()) as T;
}

async function pages(store: Store, threadId: string, limit: number): Promise<ThreadMessagesReply[]> {
  const replies: ThreadMessagesReply[] = [];
  let cursor: string | null = null;
  do {
    const request = { thread_id: threadId, limit, cursor, strict_cursor: true };
    const reply: ThreadMessagesReply = await threadMessages(store.deps, request);
    replies.push(reply);
    cursor = reply.next_cursor;
  } while (cursor !== null);
  return replies;
}

const idsOf = (replies: ThreadMessagesReply[]) => replies.map((reply) => reply.messages.map((row) => row.message_id));

describeOnEachDatabase('threads', (kind) => {
  const store = useStore(kind);

  describe('counting', () => {
    test('given three messages both ways, when the status is read, then it counts them all', async () => {
      await store.record(
        anEnvelope({ thread_id: 'count', sent_at: '2026-02-21T07:00:00Z', payload: { text: 'yo' } }),
        anEnvelope({ thread_id: 'count', from_account_id: 'acct_bob', to_account_id: 'acct_alice', payload: 'hé' }),
      );
      await store.record(anEnvelope({ thread_id: 'count', to_account_id: 'acct_Zoe', payload: null }));
      const status = await threadStatus(store.deps, { thread_id: ' count ' });
      expect(status).toEqual({
        thread_id: 'count',
        created_by_account_id: 'acct_alice',
        participants: ['acct_Zoe', 'acct_alice', 'acct_bob'],
        created_at: '2026-02-21T08:00:00Z',
        updated_at: '2026-02-21T08:00:00Z',
        message_count: 3,
        byte_count: 14 + 9 + 4,
        approx_tokens: 4 + 3 + 1,
        latest_checkpoint_end: 0,
        last_message_at: '2026-02-21T08:00:00Z',
        status: 'ok',
        pending_messages: 3,
        soft_limit_tokens: limits.threadSoftLimitTokens,
        hard_limit_tokens: limits.threadHardLimitTokens,
        thread_keep_tail_messages: limits.threadKeepTailMessages,
        token_estimate_chars_per_token: limits.tokenEstimateCharsPerToken,
        generated_at: '2026-02-21T08:00:00.000Z',
      });
      expect(is('ThreadStatusReply', status)).toBe(true);
    });

    test('given a first message without a sender, when others follow in its batch or in the next, then the thread has no creator', async () => {
      const nobodys = (thread_id: string) => anEnvelope({ thread_id, from_account_id: null });
      await store.record(nobodys('apart'));
      await store.record(
        anEnvelope({ thread_id: 'apart' }),
        nobodys('together'),
        anEnvelope({ thread_id: 'together' }),
      );
      for (const thread_id of ['apart', 'together'])
        expect(await threadStatus(store.deps, { thread_id })).toMatchObject({
          created_by_account_id: null,
          message_count: 2,
        });
    });

    test('given one envelope three times, when recorded in one batch and in two, then it counts once', async () => {
      const envelope = anEnvelope({ thread_id: 'once' });
      expect(await store.record(envelope, envelope)).toBe(1);
      expect(await store.record(envelope)).toBe(0);
      expect((await threadStatus(store.deps, { thread_id: 'once' })).message_count).toBe(1);
    });

    test('given an id again with another thread and payload, then the first content stays and no thread appears', async () => {
      const first = anEnvelope({ thread_id: 'kept', payload: 'first' });
      const forged = { ...first, thread_id: 'phantom', payload: 'forged' };
      await store.record(first, forged);
      await store.record(forged);
      const { messages } = onTheWire(await threadMessages(store.deps, { thread_id: 'kept' }));
      expect(messages.map((row) => row.payload)).toEqual(['first']);
      await expect(threadStatus(store.deps, { thread_id: 'phantom' })).rejects.toThrow('not_found');
    });

    test('given checkpoints, when the thread has 9 messages, then pending counts from the highest', async () => {
      const texts = Array.from({ length: 8 }, () => anEnvelope({ thread_id: 'checked' }));
      const checkpoint = (coversEnd: unknown) =>
        anEnvelope({ thread_id: 'checked', payload: { type: ' CheckPoint ', covers_end: coversEnd } });
      await store.record(...texts, checkpoint('7'));
      await store.record(checkpoint(3));
      const status = await threadStatus(store.deps, { thread_id: 'checked' });
      expect(status).toMatchObject({ latest_checkpoint_end: 7, pending_messages: 3, message_count: 10 });
    });

    test('given two writers, when they record overlapping batches side by side, then every count is exact', async () => {
      const envelopes = Array.from({ length: 300 }, (_, index) => anEnvelope({ thread_id: `side_${index % 7}` }));
      const batch = (from: number, to: number) => store.record(...envelopes.slice(from, to));
      const written = await Promise.all([batch(0, 200), batch(100, 300), batch(50, 250), batch(0, 300)]);
      expect(written.reduce((sum, count) => sum + count, 0)).toBe(300);
      const { results } = await threadList(store.deps, { query: 'side_', limit: 100 });
      expect(results.reduce((sum, thread) => sum + thread.message_count, 0)).toBe(300);
    });
  });

  describe('reading messages', () => {
    test('given a message with all fields, when read, then its row has the sixteen keys, and those that came later [history.envelope]', async () => {
      const envelope = anEnvelope({
        thread_id: 'row',
        parent_message_id: 'p',
        idempotency_key: 'k',
        from_session_tag: 's',
      });
      await store.record(envelope);
      const reply = onTheWire(await threadMessages(store.deps, { thread_id: 'row' }));
      expect(reply.messages).toEqual([
        {
          message_id: envelope['message_id'],
          thread_id: 'row',
          parent_message_id: 'p',
          from_account_id: 'acct_alice',
          to_account_id: 'acct_bob',
          from_session_tag: 's',
          to_agent: 'acct_bob',
          kind: 'direct',
          schema_version: '1.1',
          idempotency_key: 'k',
          trace_id: envelope['trace_id'],
          payload: { text: 'hi' },
          sent_at: '2026-02-21T08:00:00Z',
          received_at: '2026-02-21T08:00:00Z',
          status: 'received',
          metadata: {},
          from_agent: 'alice',
          ttl_ms: 30_000,
          expires_at: '2026-02-21T08:00:30Z',
        },
      ]);
      expect(is('ThreadMessagesReply', reply)).toBe(true);
    });

    test('given an envelope with only an id, when read, then absent fields have their defaults', async () => {
      await store.record({ message_id: 'BARE', sent_at: 'yesterday' });
      const { messages } = onTheWire(await threadMessages(store.deps, { thread_id: 'thread_bare' }));
      expect(messages[0]).toMatchObject({
        kind: 'direct',
        schema_version: '1.0',
        to_agent: '',
        payload: null,
        trace_id: null,
        sent_at: '2026-02-21T08:00:00Z',
      });
    });

    test.each([
      '{"total":224.0,"n":1e16,"big":12345678901234567890,"z":-0.0}',
      '"\\u0000 \\ud800"',
      '1e999',
      '-1e-200000',
      `1${'0'.repeat(400)}`,
      '{"b":1,"a":2,"b":3}',
      '"😀 \\ud83d\\ude00"',
      `${'['.repeat(400)}${']'.repeat(400)}`,
    ])('given the payload %.60s, when read, then it comes back as sent', async (payload) => {
      const text = JSON.stringify(anEnvelope({ thread_id: 'exact', payload: '@' })).replace('"@"', payload);
      await store.database.query(`DELETE FROM agent_messages WHERE thread_id = 'exact'`);
      const row = aRow(text);
      await recordMessages(store.database, [payload.includes('e-200000') ? { ...row, payload_storable: false } : row]);
      const reply = await threadMessages(store.deps, { thread_id: 'exact' });
      expect(Buffer.from(encodeJson(reply)).toString()).toContain(`"payload":${payload},`);
    });

    test('given 7 messages, when paged by 2, then 4 pages hold all 7 once, newest first', async () => {
      const times = ['01', '02', '03', '04', '05', '06', '07'];
      await store.record(
        ...times.map((second) =>
          anEnvelope({ thread_id: 'seven', message_id: `m${second}`, sent_at: `2026-02-21T07:00:${second}Z` }),
        ),
      );
      const replies = await pages(store, 'seven', 2);
      expect(idsOf(replies)).toEqual([['m07', 'm06'], ['m05', 'm04'], ['m03', 'm02'], ['m01']]);
    });

    test('given equal times, when paged by one, then ids descend and none is missing', async () => {
      await store.record(
        ...['b', 'B', 'a', 'é', '_'].map((id) => anEnvelope({ thread_id: 'equal', message_id: `=${id}` })),
      );
      expect(idsOf(await pages(store, 'equal', 1)).flat()).toEqual(['=é', '=b', '=a', '=_', '=B']);
    });

    test('given mixed precision, offsets and garbage, when paged by one, then the order is that of time', async () => {
      const times = {
        first: '2026-02-21T10:59:59.999999+03:00',
        second: '2026-02-21T07:59:59.9999995Z',
        third: '2026-02-21 08:00:00',
      };
      await store.record(
        anEnvelope({ thread_id: 'mixed', message_id: 'x-garbage', sent_at: 'soon' }),
        anEnvelope({ thread_id: 'mixed', message_id: 'w-first', sent_at: '2026-02-21T07:59:58.5Z' }),
        ...Object.entries(times).map(([id, sent_at]) =>
          anEnvelope({ thread_id: 'mixed', message_id: `x-${id}`, sent_at }),
        ),
      );
      const ids = idsOf(await pages(store, 'mixed', 1)).flat();
      expect(ids).toEqual(['x-third', 'x-garbage', 'x-second', 'x-first', 'w-first']);
    });

    test('given six payloads of 200 kB, when read, then pages end early, fit one NATS message and miss none', async () => {
      await store.record(
        ...Array.from({ length: 6 }, () => anEnvelope({ thread_id: 'large', payload: 'x'.repeat(200_000) })),
      );
      const replies = await pages(store, 'large', 50);
      expect(replies.map((reply) => reply.messages.length)).toEqual([4, 2]);
      for (const reply of replies) expect(encodeJson(reply).length).toBeLessThan(limits.replyBudgetBytes);
    });

    test('given a bad cursor, when read, then it is page one and echoed, or refused when strict', async () => {
      await store.record(anEnvelope({ thread_id: 'bad_cursor' }));
      const request = { thread_id: 'bad_cursor', cursor: 'garbage' };
      const reply = await threadMessages(store.deps, request);
      expect(reply).toMatchObject({ cursor: 'garbage', next_cursor: null });
      expect(reply.messages).toHaveLength(1);
      await expect(threadMessages(store.deps, { ...request, strict_cursor: true })).rejects.toThrow('cursor_invalid');
    });

    test.each([
      [0, 50],
      [null, 50],
      [-5, 1],
      [1, 1],
      [201, 200],
    ])('given the limit %s, when read, then %s is echoed and an unknown thread is empty', async (limit, effective) => {
      const reply = await threadMessages(store.deps, { thread_id: 'nobody', limit });
      expect(reply).toMatchObject({ limit: effective, messages: [], cursor: null, next_cursor: null });
    });

    test('given a thread id of white space, when asked for, then thread_id is required', async () => {
      await expect(threadMessages(store.deps, { thread_id: ' ' })).rejects.toThrow('field_required');
      await expect(threadStatus(store.deps, { thread_id: ' ' })).rejects.toThrow('field_required');
    });
  });

  describe('searching messages', () => {
    const search = async (request: Parameters<typeof messageSearch>[1]) =>
      (await messageSearch(store.deps, { thread_id: 'found', ...request })).messages.map((row) => row.message_id);

    beforeAll(async () => {
      await store.record(
        anEnvelope({ thread_id: 'found', message_id: 'f1', sent_at: '2026-02-21T07:00:00Z', kind: 'request' }),
        anEnvelope({
          thread_id: 'found',
          message_id: 'f2',
          sent_at: '2026-02-21T07:00:00.5Z',
          from_account_id: 'acct_carl',
        }),
        anEnvelope({
          thread_id: 'found',
          message_id: 'f3',
          sent_at: '2026-02-21T07:00:01Z',
          to_account_id: 'acct_dora',
        }),
        anEnvelope({ thread_id: 'found', message_id: 'f4', sent_at: '9999-12-31T00:00:00Z' }),
      );
    });

    test.each([
      [{}, ['f4', 'f3', 'f2', 'f1']],
      [{ kind: 'request' }, ['f1']],
      [{ from_account_id: ' acct_carl ' }, ['f2']],
      [{ to_account_id: 'acct_dora' }, ['f3']],
      [{ kind: '', from_account_id: null }, ['f4', 'f3', 'f2', 'f1']],
      [{ from_ts: '2026-02-21T07:00:00.500Z', to_ts: '2026-02-21T07:00:01Z' }, ['f3', 'f2']],
      [{ to_ts: '2026-02-21T10:00:00+03:00' }, ['f1']],
      [{ from_ts: '9999-01-01' }, ['f4']],
      [{ kind: 'REQUEST' }, []],
    ])('given %j, when searched, then %j is found', async (request, ids) => {
      expect(await search(request)).toEqual(ids);
    });

    test('given filters, when searched, then they are echoed as sent and null when absent', async () => {
      const reply = await messageSearch(store.deps, { kind: 'x', from_ts: '2026-02-21 07:00', limit: 3 });
      expect(reply.filters).toEqual({
        thread_id: null,
        from_account_id: null,
        to_account_id: null,
        kind: 'x',
        from_ts: '2026-02-21 07:00',
        to_ts: null,
      });
      expect(is('MessageSearchReply', onTheWire(reply))).toBe(true);
    });

    test.each([
      [{ from_ts: 'x' }, 'from_ts_invalid'],
      [{ to_ts: '0001-01-01T00:00:00+14:00' }, 'to_ts_invalid'],
    ])('given %j, when searched, then it is refused as %s', async (request, code) => {
      await expect(messageSearch(store.deps, request)).rejects.toThrow(code);
    });
  });

  describe('listing threads', () => {
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

  describe('retention', () => {
    test('given an old and a recent thread, when pruned, then dates that senders claim decide nothing', async () => {
      const old = { thread_id: 'prune_old', sent_at: '9999-12-31T00:00:00Z' };
      const fresh = { thread_id: 'prune_fresh', sent_at: '1999-01-01T00:00:00Z' };
      await recordMessages(store.database, [
        aRow(anEnvelope(old), '2026-01-01T00:00:00Z'),
        aRow(anEnvelope(old), '2026-01-02T00:00:00Z'),
        aRow(anEnvelope(fresh), '2026-02-21T08:00:00Z'),
      ]);
      expect(await pruneThreads(store.database, Date.parse('2026-02-01T00:00:00Z'))).toBe(1);
      const left = (await threadList(store.deps, { query: 'prune_' })).results.map((thread) => thread.thread_id);
      expect(left).toEqual(['prune_fresh']);
      expect(await eraseMessages(store.database)).toBe(2);
      const { messages } = await threadMessages(store.deps, { thread_id: 'prune_old' });
      expect(messages).toEqual([]);
    });
  });
});
