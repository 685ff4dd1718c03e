import { encodeJson, is, limits, type ThreadMessagesReply } from '@agentnet/protocol';
import { expect, test } from 'vitest';
import { threadMessages } from '../src/operations/thread-messages.js';
import { threadStatus } from '../src/operations/thread-status.js';
import { recordMessages } from '../src/store/messages.js';
import { describeOnEachDatabase } from './harness/databases.js';
import { onTheWire } from './harness/on-the-wire.js';
import { anEnvelope, aRow, type Store, useStore } from './harness/records.js';

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

describeOnEachDatabase('reading the messages of a thread', (kind) => {
  const store = useStore(kind);

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
