import { limits, operations, subjects } from '@agentnet/protocol';
import { expect } from 'vitest';
import {
  aMessage,
  countInThread,
  eventuallyEqual,
  golden,
  messagesOf,
  onEachDeployment,
  record,
  rule,
  uniqueName,
  useNetwork,
  withPayloadText,
} from '../harness/index.js';

onEachDeployment('threads', (database) => {
  const network = useNetwork(database);

  rule(
    ['thread.status.counters', 'thread.status.participants', 'thread.status.times'],
    'given messages both ways with the golden payloads, when the thread is read, then counters, people and times are exact',
    async () => {
      const { client } = network();
      const thread_id = uniqueName('thread');
      const { vectors } = golden<{
        vectors: { payload_wire: string; byte_count: number; approx_tokens_at_4: number; checkpoint_end: number }[];
      }>('thread-accounting');
      const sum = (pick: (vector: (typeof vectors)[number]) => number) =>
        vectors.reduce((all, one) => all + pick(one), 0);
      const sentAt = vectors.map((_, index) => new Date(Date.UTC(2026, 0, 1, 0, 0, index)).toISOString());
      for (const [index, { payload_wire }] of vectors.entries()) {
        const [from, to] = index % 2 ? ['acct_bob', 'acct_ann'] : ['acct_ann', 'acct_bob'];
        const message = aMessage({ from, to, thread_id, sent_at: sentAt[index] ?? '' });
        client.publish(subjects.accountInbox(to ?? ''), withPayloadText(message, payload_wire));
        await eventuallyEqual(() => countInThread(client, thread_id), index + 1);
      }
      const status = await client.ask('thread_status', { thread_id });
      expect(status).toMatchObject({
        message_count: vectors.length,
        byte_count: sum(({ byte_count }) => byte_count),
        approx_tokens: sum(({ approx_tokens_at_4 }) => approx_tokens_at_4),
        latest_checkpoint_end: Math.max(...vectors.map(({ checkpoint_end }) => checkpoint_end)),
        participants: ['acct_ann', 'acct_bob'],
        created_by_account_id: 'acct_ann',
        status: 'ok',
      });
      expect(Date.parse(status.last_message_at ?? '')).toBe(Date.parse(sentAt.at(-1) ?? ''));
    },
  );

  rule(
    ['thread.status.level', 'thread.status.limits'],
    'given more messages than the tail, when limits are given, then the thread is judged by them',
    async () => {
      const { client } = network();
      const thread_id = uniqueName('thread');
      const count = limits.threadKeepTailMessages + 1;
      await record(
        client,
        messagesOf(
          thread_id,
          Array.from({ length: count }, () => ({ payload: 'x'.repeat(38) })),
        ),
      );
      const level = async (soft: number, hard: number) =>
        client.ask('thread_status', { thread_id, soft_limit_tokens: soft, hard_limit_tokens: hard });
      const tokens = count * 10;
      expect(await level(tokens, tokens + 1)).toMatchObject({ approx_tokens: tokens, status: 'warn' });
      expect(await level(1, tokens)).toMatchObject({ status: 'needs_compaction' });
      expect(await level(tokens + 1, 5)).toMatchObject({ status: 'ok', hard_limit_tokens: tokens + 1 });
      expect(await level(-1, -1)).toMatchObject({ soft_limit_tokens: 1, hard_limit_tokens: 1 });
    },
  );

  rule(
    ['thread.errors', 'history.errors', 'history.unknown-thread'],
    'given no thread, when it is asked for, then the exact error texts come back and its messages are none',
    async () => {
      const { client } = network();
      for (const operation of ['thread_status', 'thread_messages'] as const) {
        const { errors } = operations[operation];
        expect(await client.rpc(operation, {})).toMatchObject({ error: errors.field_required });
        expect(await client.rpc(operation, { thread_id: '' })).toMatchObject({ error: errors.field_required });
        expect(await client.rpc(operation, [1])).toMatchObject({ error: errors.payload_not_object });
      }
      const thread_id = uniqueName('thread');
      expect(await client.rpc('thread_status', { thread_id })).toMatchObject({
        error: operations.thread_status.errors.not_found,
      });
      expect(await client.ask('thread_messages', { thread_id })).toMatchObject({ messages: [], next_cursor: null });
    },
  );

  rule(
    ['thread.list.participant', 'thread.list.query', 'thread.list.unknown', 'thread.list.order'],
    'given threads of several people, when they are listed, then filters hold and unknown names give none',
    async () => {
      const { client } = network();
      const word = uniqueName('Topic');
      const { account_id, username } = await client.ask('register', { agent_id: uniqueName() });
      const [mine, theirs] = [`${word}_mine`, `${word}_theirs`];
      await record(client, [aMessage({ from: account_id, to: 'acct_bob', thread_id: mine, sentInMs: -2000 })]);
      await record(client, [aMessage({ from: 'acct_ann', to: 'acct_bob', thread_id: theirs })]);
      const listed = async (filter: object) =>
        (await client.ask('thread_list', { query: word, ...filter })).results.map(({ thread_id }) => thread_id);
      expect(await listed({})).toEqual([theirs, mine]);
      expect(await listed({ query: word.toLowerCase() })).toEqual([theirs, mine]);
      expect(await listed({ participant_account_id: account_id })).toEqual([mine]);
      expect(await client.ask('thread_list', { participant_username: `@${username.toUpperCase()}` })).toMatchObject({
        participant_account_id: account_id,
        participant_username: username,
        results: [{ thread_id: mine }],
      });
      expect(await client.ask('thread_list', { participant_username: uniqueName('ghost') })).toMatchObject({
        participant_account_id: null,
        results: [],
      });
      expect(await listed({ query: `${word}%` })).toEqual([]);
    },
  );

  rule(
    'thread.counted-once',
    'given one message published three times, when the thread is read, then it counts once',
    async () => {
      const { client } = network();
      const thread_id = uniqueName('thread');
      const [message = {}, marker = {}] = messagesOf(thread_id, [{}, {}]);
      await record(client, [message, message, message, marker], 2);
      expect((await client.ask('thread_messages', { thread_id })).messages).toHaveLength(2);
    },
  );

  rule('thread.checkpoint', 'given nine messages, when a checkpoint covers eight, then two are pending', async () => {
    const { client } = network();
    const thread_id = uniqueName('thread');
    const plain = messagesOf(
      thread_id,
      Array.from({ length: 9 }, () => ({})),
    );
    const [checkpoint = {}] = messagesOf(thread_id, [{ payload: { type: 'checkpoint', covers_end: 8 } }]);
    await record(client, [...plain, checkpoint]);
    expect(await client.ask('thread_status', { thread_id })).toMatchObject({
      message_count: 10,
      latest_checkpoint_end: 8,
      pending_messages: 2,
    });
  });

  rule(
    'thread.list.future',
    'given a thread dated in the year 9999, when another thread goes on, then that one is on top',
    async () => {
      const { client } = network();
      const word = uniqueName('future');
      await record(client, messagesOf(`${word}_far`, [{ sent_at: '9999-12-31T23:59:59Z' }]));
      await record(client, messagesOf(`${word}_now`, [{}]));
      const { results } = await client.ask('thread_list', { query: word });
      expect(results.map(({ thread_id }) => thread_id)).toEqual([`${word}_now`, `${word}_far`]);
    },
  );

  rule(
    ['receipt.not-recorded', 'history.empty-key'],
    'given receipts and bodies without an id, when they are published, then none is recorded',
    async () => {
      const { client } = network();
      const thread_id = uniqueName('thread');
      const receipt = { message_id: uniqueName('r'), status: 'accepted', event_at: '2026-01-01T00:00:00Z', thread_id };
      client.publish(subjects.accountReceipts('acct_bob'), receipt);
      client.publish(subjects.accountInbox('acct_bob'), aMessage({ message_id: '', thread_id }));
      client.publish(subjects.accountInbox('acct_bob'), { thread_id, payload: 1 });
      await record(client, messagesOf(thread_id, [{}]), 1);
    },
  );
});
