import { limits, operations, subjects } from '@agentnet/protocol';
import { golden } from '../../harness/golden.js';
import { aMessage, withPayloadText } from '../../harness/message-builder.js';
import { messagesOf } from '../../harness/thread.js';
import { registryScenario, type Scenario } from '../core/scenario.js';
import { ask, refused, register } from './asking.js';
import { recorded } from './recording.js';

interface Accounting {
  readonly payload_wire: string;
  readonly byte_count: number;
  readonly approx_tokens_at_4: number;
  readonly checkpoint_end: number;
}

const counted = registryScenario(
  {
    id: 'threads.counters',
    title:
      'given messages both ways with payloads of every kind, when the thread is read, then counters, people and times are exact',
    cases: ['T-01'],
    rules: ['thread.status.counters', 'thread.status.participants', 'thread.status.times'],
  },
  async (stage) => {
    const { judge } = stage;
    const [thread_id, ann, bob] = [stage.name('thread'), stage.name('ann'), stage.name('bob')];
    const { vectors } = golden<{ vectors: readonly Accounting[] }>('thread-accounting');
    const sum = (pick: (vector: Accounting) => number) => vectors.reduce((all, one) => all + pick(one), 0);
    const at = (index: number) => new Date(Date.UTC(2026, 0, 1, 0, 0, index)).toISOString();
    const texts = vectors.map(({ payload_wire }, index) => {
      const [from, to] = index % 2 ? [bob, ann] : [ann, bob];
      return { to, text: withPayloadText(aMessage({ from, to, thread_id, sent_at: at(index) }), payload_wire) };
    });
    for (const [index, { to, text }] of texts.entries()) {
      stage.client.publish(subjects.accountInbox(to), text);
      // One after the other, so that it is known who wrote first.
      if (index === 0) await recorded(stage, 'thread.status.counters', { thread_id, count: 1 });
    }
    await recorded(stage, 'thread.status.counters', { thread_id, count: vectors.length });
    const status = await ask(stage, 'thread.status.counters', ['thread_status', { thread_id }]);
    const exact = {
      byte_count: sum(({ byte_count }) => byte_count),
      approx_tokens: sum(({ approx_tokens_at_4 }) => approx_tokens_at_4),
    };
    judge.matches('thread.status.counters', status, exact, 'the counters');
    judge.equal('thread.status.participants', status.participants, [ann, bob].sort(), 'who takes part');
    judge.equal('thread.status.times', status.created_by_account_id, ann, 'who wrote first');
    judge.equal(
      'thread.status.times',
      Date.parse(status.last_message_at ?? ''),
      Date.parse(at(vectors.length - 1)),
      'the newest sent_at',
    );
  },
);

const levels = registryScenario(
  {
    id: 'threads.levels',
    title: 'given more messages than the tail, when limits are given, then the thread is judged by them',
    cases: [],
    rules: ['thread.status.level', 'thread.status.limits'],
  },
  async (stage) => {
    const { judge } = stage;
    const thread_id = stage.name('thread');
    const count = limits.threadKeepTailMessages + 1;
    const messages = messagesOf(
      thread_id,
      Array.from({ length: count }, () => ({ payload: 'x'.repeat(38) })),
    );
    await recorded(stage, 'thread.status.level', { thread_id, messages });
    const level = (soft: number, hard: number) =>
      ask(stage, 'thread.status.limits', [
        'thread_status',
        { thread_id, soft_limit_tokens: soft, hard_limit_tokens: hard },
      ]);
    const tokens = count * 10;
    judge.matches(
      'thread.status.level',
      await level(tokens, tokens + 1),
      { approx_tokens: tokens, status: 'warn' },
      'at the soft limit',
    );
    judge.matches('thread.status.level', await level(1, tokens), { status: 'needs_compaction' }, 'at the hard limit');
    judge.matches('thread.status.level', await level(tokens + 1, 5), { status: 'ok' }, 'below the soft limit');
    judge.matches(
      'thread.status.limits',
      await level(tokens + 1, 5),
      { hard_limit_tokens: tokens + 1 },
      'a hard limit below the soft one',
    );
    judge.matches(
      'thread.status.limits',
      await level(-1, -1),
      { soft_limit_tokens: 1, hard_limit_tokens: 1 },
      'negative limits',
    );
  },
);

const errors = registryScenario(
  {
    id: 'threads.errors',
    title: 'given no thread, when it is asked for, then the exact error texts come back and its messages are none',
    cases: ['T-07'],
    rules: ['thread.errors', 'history.errors', 'history.unknown-thread', 'rpc.required'],
  },
  async (stage) => {
    const { judge } = stage;
    for (const [operation, rule] of [
      ['thread_status', 'thread.errors'],
      ['thread_messages', 'history.errors'],
    ] as const) {
      const texts = operations[operation].errors;
      for (const body of [{}, { thread_id: '' }, { thread_id: null }])
        await refused(stage, rule, [operation, body, { error: texts.field_required, code: 'field_required' }]);
      await refused(stage, rule, [operation, [1], { error: texts.payload_not_object }]);
    }
    const thread_id = stage.name('thread');
    await refused(stage, 'thread.errors', [
      'thread_status',
      { thread_id },
      { error: operations.thread_status.errors.not_found },
    ]);
    const page = await ask(stage, 'history.unknown-thread', ['thread_messages', { thread_id }]);
    judge.matches(
      'history.unknown-thread',
      page,
      { messages: [], next_cursor: null },
      'the messages of an unknown thread',
    );
  },
);

const listed = registryScenario(
  {
    id: 'threads.list',
    title: 'given threads of several people, when they are listed, then filters hold and unknown names give none',
    cases: ['T-08', 'T-19'],
    rules: [
      'thread.list.participant',
      'thread.list.query',
      'thread.list.unknown',
      'thread.list.order',
      'thread.list.future',
    ],
  },
  async (stage) => {
    const { judge } = stage;
    const word = stage.name('Topic');
    const { account_id, username } = await register(stage, 'thread.list.participant', { agent_id: stage.name() });
    const [far, mine, theirs] = [`${word}_far`, `${word}_mine`, `${word}_theirs`];
    const one = (thread_id: string, fields: object) =>
      recorded(stage, 'thread.list.query', { thread_id, messages: messagesOf(thread_id, [fields]) });
    await one(far, { sent_at: '9999-12-31T23:59:59Z' });
    await one(mine, { from: account_id, sentInMs: 0 });
    await one(theirs, {});
    const list = async (filter: object) =>
      (await ask(stage, 'thread.list.query', ['thread_list', { query: word, ...filter }])).results.map(
        ({ thread_id }) => thread_id,
      );
    const all = await list({});
    judge.equal(
      'thread.list.query',
      [...all].sort(),
      [far, mine, theirs].sort(),
      'the threads whose id contains the word',
    );
    judge.equal(
      'thread.list.order',
      all.filter((id) => id !== far),
      [theirs, mine],
      'the last active one first',
    );
    judge.equal('thread.list.future', all.at(-1), far, 'the thread dated in the year 9999, which was written first');
    judge.equal(
      'thread.list.query',
      (await list({ query: word.toLowerCase() })).length,
      3,
      'threads without regard to case',
    );
    judge.equal(
      'thread.list.participant',
      await list({ participant_account_id: account_id }),
      [mine],
      'the threads of one account',
    );
    const named = await ask(stage, 'thread.list.participant', [
      'thread_list',
      { participant_username: `@${username.toUpperCase()}` },
    ]);
    judge.matches('thread.list.participant', named, { participant_account_id: account_id }, 'the account of the name');
    judge.equal(
      'thread.list.participant',
      named.results.map(({ thread_id }) => thread_id),
      [mine],
      'the threads of one name',
    );
    const nobody = await ask(stage, 'thread.list.unknown', [
      'thread_list',
      { participant_username: stage.name('ghost') },
    ]);
    judge.matches(
      'thread.list.unknown',
      nobody,
      { participant_account_id: null, results: [] },
      'the threads of nobody',
    );
  },
);

const checkpoint = registryScenario(
  {
    id: 'threads.checkpoint',
    title:
      'given nine messages, when a checkpoint covers eight, then two are pending, and no event of the registry’s own is sent',
    cases: ['T-12'],
    rules: ['thread.checkpoint', 'thread.no-compaction-event'],
  },
  async (stage) => {
    const thread_id = stage.name('thread');
    const [ann, bob] = [stage.name('ann'), stage.name('bob')];
    const inbox = await stage.client.subscribe(subjects.accountInbox(bob));
    const plain = messagesOf(
      thread_id,
      Array.from({ length: 9 }, () => ({ from: ann, to: bob })),
    );
    const ends = messagesOf(
      thread_id,
      [8, 3].map((covers_end) => ({ from: ann, to: bob, payload: { type: 'checkpoint', covers_end } })),
    );
    await recorded(stage, 'thread.checkpoint', { thread_id, messages: [...plain, ...ends] });
    const status = await ask(stage, 'thread.checkpoint', [
      'thread_status',
      { thread_id, soft_limit_tokens: 1, hard_limit_tokens: 1 },
    ]);
    const expected = { message_count: 11, latest_checkpoint_end: 8, pending_messages: 3 };
    stage.judge.matches('thread.checkpoint', status, expected, 'the status');
    stage.judge.equal(
      'thread.no-compaction-event',
      inbox.received.length,
      11,
      'messages on the inbox, the scenario’s own only',
    );
  },
);

const once = registryScenario(
  {
    id: 'threads.counted-once',
    title:
      'given one message published three times, when the thread is read, then it counts once, and receipts and bodies without id count nothing',
    cases: ['T-09'],
    rules: ['thread.counted-once', 'receipt.not-recorded', 'history.empty-key'],
  },
  async (stage) => {
    const { client, judge } = stage;
    const thread_id = stage.name('thread');
    const bob = stage.name('bob');
    const [message = {}, marker = {}] = messagesOf(thread_id, [{ to: bob }, { to: bob }]);
    const receipt = { message_id: stage.name('r'), status: 'accepted', event_at: '2026-01-01T00:00:00Z', thread_id };
    client.publish(subjects.accountReceipts(bob), receipt);
    client.publish(subjects.accountInbox(bob), aMessage({ message_id: '', thread_id }));
    client.publish(subjects.accountInbox(bob), { thread_id, payload: 1 });
    for (const each of [message, message, message, marker]) client.publish(subjects.accountInbox(bob), each);
    await recorded(stage, 'thread.counted-once', { thread_id, last: marker.message_id ?? '' });
    const { messages } = await ask(stage, 'thread.counted-once', ['thread_messages', { thread_id }]);
    const ids = messages.map(({ message_id }) => message_id);
    judge.equal('thread.counted-once', ids.filter((id) => id === message.message_id).length, 1, 'rows of the message');
    judge.holds('receipt.not-recorded', !ids.includes(receipt.message_id), 'no row of a receipt', ids);
    judge.holds('history.empty-key', !ids.includes(''), 'no row without id', ids);
    const status = await ask(stage, 'thread.counted-once', ['thread_status', { thread_id }]);
    judge.equal('thread.counted-once', status.message_count, 2, 'messages counted');
  },
);

/** What is told of threads. */
export const threadScenarios: readonly Scenario[] = [counted, levels, errors, listed, checkpoint, once];
