import { is, limits } from '@agentnet/protocol';
import { beforeAll, describe, expect, test } from 'vitest';
import { wordsOf, wordsOfPayload } from '../src/domain/words.js';
import { addWords } from '../src/jobs/add-words.js';
import { messageSearch } from '../src/operations/message-search.js';
import { recordMessages } from '../src/store/messages.js';
import { recordReceipts } from '../src/store/receipts.js';
import { describeOnEachDatabase } from './harness/databases.js';
import { anEnvelope, aRow, receivedAt, useStore } from './harness/records.js';

describe('words [history.search.words]', () => {
  test.each([
    ['Order-4711: delivered, ORDER!', ['order', '4711', 'delivered']],
    ['Café CRÈME ﬁn', ['cafe', 'creme', 'fin']],
    ['Straße Ωμέγα Ёлка', ['straße', 'ωμεγα', 'елка']],
    ['東京 tower タワー', ['東', '京', 'tower', 'タ', 'ワ', 'ー']],
    ['हिन्दी 한국어', ['हिन्दी', '한국어']],
    ['a_b snake\u0000case \ud800 100%', ['a', 'b', 'snake', 'case', '100']],
    ['x'.repeat(100), ['x'.repeat(64)]],
    ['💚 %_\\ !', []],
  ])('given %j, when split, then %j', (text, words) => {
    expect(wordsOf(text)).toEqual(words);
  });

  test('given a nested payload, when read, then its strings hold words and its keys and numbers none', () => {
    expect(wordsOfPayload({ key: ['one', { deep: 'Two one' }], n: 42, b: true, z: null })).toEqual(['one', 'two']);
  });

  test('given more words than count, when read, then the first of them stay', () => {
    const words = Array.from({ length: limits.messageWordsMax + 5 }, (_, index) => `w${index}`);
    expect(wordsOfPayload([words.slice(0, 10).join(' '), words.join(' ')])).toEqual(
      words.slice(0, limits.messageWordsMax),
    );
  });
});

describeOnEachDatabase('searching messages', (kind) => {
  const store = useStore(kind);
  const search = async (request: Parameters<typeof messageSearch>[1]) =>
    (await messageSearch(store.deps, request)).messages.map((row) => row.message_id);

  beforeAll(async () => {
    await store.record(
      anEnvelope({ message_id: 's1', sent_at: '2026-02-21T07:00:01Z', payload: { text: 'The CAFÉ is open' } }),
      anEnvelope({
        message_id: 's2',
        sent_at: '2026-02-21T07:00:02Z',
        payload: 'open the door',
        from_account_id: 'acct_carl',
      }),
      anEnvelope({
        message_id: 's3',
        sent_at: '2026-02-21T07:00:03Z',
        payload: ['cafe', { a: 'openly' }],
        trace_id: 'trace_x',
      }),
      anEnvelope({
        message_id: 's4',
        sent_at: '2026-02-21T07:00:04Z',
        payload: { open: 1 },
        to_account_id: 'acct_carl',
      }),
      anEnvelope({
        message_id: 's5',
        sent_at: '2026-02-21T07:00:05Z',
        payload: '\u0000 open',
        from_account_id: 'acct_carl',
        to_account_id: 'acct_carl',
      }),
    );
    const receipt = { to_account_id: 'acct_alice', from_account_id: 'acct_bob', code: null, received_at: receivedAt };
    await recordReceipts(store.database, [
      { ...receipt, message_id: 's1', status: 'rejected', code: 'busy' },
      { ...receipt, message_id: 's2', status: 'processed', to_account_id: 'acct_carl' },
      { ...receipt, message_id: 's3', status: 'accepted' },
      { ...receipt, message_id: 's4', status: 'rejected', from_account_id: 'acct_mallory' },
    ]);
    await recordMessages(store.database, [
      aRow(
        anEnvelope({ message_id: 'late', sent_at: '1999-01-01T00:00:00Z', payload: 'forged open' }),
        '2026-02-22T08:00:00Z',
      ),
      aRow(
        anEnvelope({ message_id: 'early', sent_at: '9999-01-01T00:00:00Z', payload: 'forged' }),
        '2026-02-20T08:00:00Z',
      ),
    ]);
  });

  test.each([
    ['open', ['s5', 's2', 's1', 'late']],
    ['  Open THE ', ['s2', 's1']],
    ['café', ['s3', 's1']],
    ['the-open', ['s2', 's1']],
    ['ope', []],
    [' ', ['s5', 's4', 's3', 's2', 's1', 'early', 'late']],
  ])('given the text %j, when searched, then %j [history.search.words]', async (text, ids) => {
    expect(await search({ text })).toEqual(ids);
  });

  test.each([
    '%',
    "'",
    '&|!:*',
    '💚',
  ])('given the text %j without a word, when searched, then it is refused [history.search.words.none]', async (text) => {
    await expect(search({ text })).rejects.toMatchObject({
      code: 'bad_request',
      detail: expect.stringContaining('/text'),
    });
  });

  test.each([
    [{ participant_account_id: 'acct_carl' }, ['s5', 's4', 's2']],
    [{ participant_account_id: 'acct_carl', text: 'open' }, ['s5', 's2']],
    [{ participant_account_id: 'acct_carl', to_account_id: 'acct_bob' }, ['s2']],
    [{ trace_id: ' trace_x ' }, ['s3']],
    [{ trace_id: 'trace_x', text: 'open' }, []],
  ])('given %j, when searched, then %j, each once [history.search.participant]', async (request, ids) => {
    expect(await search(request)).toEqual(ids);
  });

  test.each([
    [{ status: 'rejected' }, ['s1']],
    [{ status: 'accepted' }, ['s3']],
    [{ status: 'processed', text: 'open' }, ['s2']],
    [{ status: 'processed', text: 'cafe' }, []],
    [{ status: 'received', participant_account_id: 'acct_carl' }, ['s5', 's4']],
    [{ status: ' received ', text: 'forged' }, ['early', 'late']],
  ])('given %j, when searched, then %j [history.search.status]', async (request, ids) => {
    expect(await search(request)).toEqual(ids);
  });

  test('given a word that is no status, when searched, then it is refused [history.search.status]', async () => {
    await expect(search({ status: 'none' })).rejects.toMatchObject({
      code: 'bad_request',
      detail: expect.stringContaining('/status'),
    });
  });

  test.each([
    [{ received_from_ts: '2026-02-22T08:00:00Z' }, ['late']],
    [{ received_to_ts: '2026-02-20T11:00:00+03:00' }, ['early']],
    [
      { received_from_ts: '2026-02-21T08:00:00Z', received_to_ts: '2026-02-21T08:00:00Z', text: 'open' },
      ['s5', 's2', 's1'],
    ],
  ])('given %j, when searched, then %j, whatever the sender claims [history.search.received]', async (request, ids) => {
    expect(await search(request)).toEqual(ids);
  });

  test('given a bound that is no instant, when searched, then it is refused by name [history.search.received]', async () => {
    const detail = expect.stringContaining('/received_to_ts');
    await expect(search({ received_to_ts: 'soon' })).rejects.toMatchObject({ code: 'bad_request', detail });
  });

  test('given the later filters, when searched, then those used are echoed and the others absent [history.search.echo-used]', async () => {
    const six = { thread_id: null, from_account_id: null, to_account_id: null, kind: null, from_ts: null, to_ts: null };
    expect((await messageSearch(store.deps, { text: null, trace_id: ' ' })).filters).toEqual(six);
    const reply = await messageSearch(store.deps, { text: ' Open ', participant_account_id: 'acct_carl', limit: 1 });
    expect(reply.filters).toEqual({ ...six, text: 'Open', participant_account_id: 'acct_carl' });
    expect(is('MessageSearchFilters', reply.filters)).toBe(true);
  });

  test('given pages of one, when cursors are followed, then every message with the words comes once', async () => {
    const ids: string[] = [];
    let cursor: string | null = null;
    do {
      const request = { text: 'open', participant_account_id: 'acct_bob', limit: 1, cursor, strict_cursor: true };
      const reply: Awaited<ReturnType<typeof messageSearch>> = await messageSearch(store.deps, request);
      ids.push(...reply.messages.map((row) => row.message_id));
      cursor = reply.next_cursor;
    } while (cursor !== null);
    expect(ids).toEqual(['s2', 's1', 'late']);
  });

  test('given messages that an older registry recorded, when the job has run, then their words are found', async () => {
    await store.record(anEnvelope({ message_id: 'old', payload: 'antique' }));
    await store.database.query(`UPDATE agent_messages SET words = NULL WHERE message_id = 'old'`);
    expect(await search({ text: 'antique' })).toEqual([]);
    await addWords(store.deps);
    expect(await search({ text: 'antique' })).toEqual(['old']);
  });
});
