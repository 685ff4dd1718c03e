import { is } from '@agentnet/protocol';
import { beforeAll, expect, test } from 'vitest';
import { messageSearch } from '../src/operations/message-search.js';
import { describeOnEachDatabase } from './harness/databases.js';
import { onTheWire } from './harness/on-the-wire.js';
import { anEnvelope, useStore } from './harness/records.js';

describeOnEachDatabase('filtering messages', (kind) => {
  const store = useStore(kind);

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
