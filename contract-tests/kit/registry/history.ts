import { operations, subjects, type ThreadMessagesReply } from '@agentnet/protocol';
import { golden } from '../../harness/golden.js';
import { aMessage, withPayloadText } from '../../harness/message-builder.js';
import { idsOf, messagesOf } from '../../harness/thread.js';
import { registryScenario, type Scenario } from '../core/scenario.js';
import { ask, refused } from './asking.js';
import { readPages, recorded } from './recording.js';

const rowKeys = [
  'expires_at',
  'from_account_id',
  'from_agent',
  'from_session_tag',
  'idempotency_key',
  'kind',
  'message_id',
  'metadata',
  'parent_message_id',
  'payload',
  'received_at',
  'schema_version',
  'sent_at',
  'status',
  'thread_id',
  'to_account_id',
  'to_agent',
  'trace_id',
  'ttl_ms',
];

const rows = registryScenario(
  {
    id: 'history.rows',
    title: 'given a full and a bare message, when the thread is read, then each row has its keys, null where absent',
    cases: ['T-02'],
    rules: ['history.row', 'history.row.null', 'history.captured', 'history.envelope', 'history.received-at'],
  },
  async (stage) => {
    const { judge } = stage;
    const thread_id = stage.name('thread');
    const beganAtMs = Date.now();
    const [full = {}] = messagesOf(thread_id, [
      { parent_message_id: 'p1', from_session_tag: 's1', idempotency_key: 'k1', kind: 'request', sentInMs: -60_000 },
    ]);
    const bare = { message_id: stage.name('bare'), thread_id, payload: null };
    await recorded(stage, 'history.captured', { thread_id, messages: [full, bare] });
    const { messages } = await ask(stage, 'history.row', ['thread_messages', { thread_id }]);
    for (const row of messages) judge.equal('history.row', Object.keys(row).sort(), rowKeys, 'the fields of a row');
    const [second, first] = messages;
    const { sent_at, expires_at, ttl_ms, from_agent, ...kept } = full;
    judge.matches('history.row', first, { ...kept, metadata: {} }, 'the full row');
    judge.equal('history.row', Date.parse(first?.sent_at ?? ''), Date.parse(sent_at ?? ''), 'the instant of sent_at');
    judge.matches('history.envelope', first, { from_agent, ttl_ms }, 'sender and life time');
    judge.equal(
      'history.envelope',
      Date.parse(first?.expires_at ?? ''),
      Date.parse(expires_at ?? ''),
      'the instant of expires_at',
    );
    judge.matches('history.row.null', first, { status: 'received' }, 'the status as long as no receipt counts');
    const nulls = ['parent_message_id', 'from_account_id', 'from_session_tag', 'idempotency_key', 'trace_id'];
    judge.matches('history.row.null', second, Object.fromEntries(nulls.map((name) => [name, null])), 'what is absent');
    judge.matches('history.envelope', second, { from_agent: null, ttl_ms: null, expires_at: null }, 'what is absent');
    const receivedAtMs = Date.parse(first?.received_at ?? '');
    judge.holds(
      'history.received-at',
      Math.abs(receivedAtMs - beganAtMs) < 30_000,
      'the time of receipt, not that of sending',
      first?.received_at,
    );
  },
);

const payloads = registryScenario(
  {
    id: 'history.payloads',
    title:
      'given payloads of every JSON type, when the thread is read, then the same values come back, digit for digit',
    cases: ['T-03'],
    rules: ['history.payload'],
  },
  async (stage) => {
    const { client, judge } = stage;
    const [thread_id, bob] = [stage.name('thread'), stage.name('bob')];
    const texts = [
      'null',
      'true',
      '"hello"',
      '"{\\"a\\":1}"',
      '"h\u00e9\\n\ud83d\ude00"',
      '[1,[],{}]',
      '{"a":{"b":[null,false]}}',
    ];
    const numbers = ['0', '-7', '2.5', '12345678901234567890', '1e16', '0.1', '-0.0', '224.0'];
    for (const [index, text] of [...texts, ...numbers].entries()) {
      const message = aMessage({ to: bob, thread_id, message_id: `${thread_id}_${index + 10}`, sentInMs: index });
      client.publish(subjects.accountInbox(bob), withPayloadText(message, text));
    }
    await recorded(stage, 'history.payload', { thread_id, count: texts.length + numbers.length });
    const asked = client.request(operations.thread_messages.subject, { thread_id });
    const { text, json } = await judge.comes('history.payload', 'the messages', asked);
    const oldestFirst = [...(json as ThreadMessagesReply).messages].reverse();
    const values = oldestFirst.slice(0, texts.length).map(({ payload }) => payload);
    judge.equal(
      'history.payload',
      values,
      texts.map((one) => JSON.parse(one)),
      'the values',
    );
    for (const number of numbers) {
      const isExact = new RegExp(`"payload":\\s?${number.replace('.', '\\.')}[,}]`).test(text);
      judge.holds('history.payload', isExact, `the number ${number}, digit for digit`, text.slice(0, 600));
    }
  },
);

const paged = registryScenario(
  {
    id: 'history.paging',
    title:
      'given seven messages, two of one instant, when they are paged by two and by one, then all come once, newest first',
    cases: ['T-04', 'T-05'],
    rules: ['history.paging', 'history.paging.ties', 'rpc.limit'],
  },
  async (stage) => {
    const { judge } = stage;
    const [thread_id, ties] = [stage.name('thread'), stage.name('ties')];
    const sent = messagesOf(
      thread_id,
      Array.from({ length: 7 }, (_, index) => ({ sentInMs: index * 10 })),
    );
    await recorded(stage, 'history.paging', { thread_id, messages: sent });
    const { pages, rows: read } = await readPages(stage, 'history.paging', { id: thread_id, limit: 2 });
    judge.equal('history.paging', idsOf(read), idsOf(sent).reverse(), 'the messages, newest first');
    judge.equal('rpc.limit', pages, 4, 'pages of two');
    const equal = messagesOf(
      ties,
      Array.from({ length: 5 }, () => ({ sent_at: '2026-01-01T00:00:00Z' })),
    );
    await recorded(stage, 'history.paging.ties', { thread_id: ties, messages: equal });
    const byOne = await readPages(stage, 'history.paging.ties', { id: ties, limit: 1 });
    judge.equal('history.paging.ties', idsOf(byOne.rows), idsOf(equal).sort().reverse(), 'by id, descending');
  },
);

const cursors = registryScenario(
  {
    id: 'history.cursors',
    title:
      'given cursors of every kind, when they are sent, then good ones are places and bad ones page one, repeated as sent',
    cases: ['T-06'],
    rules: ['history.cursor.format', 'rpc.cursor.bad', 'rpc.cursor.strict'],
  },
  async (stage) => {
    const { judge } = stage;
    const thread_id = stage.name('thread');
    const messages = messagesOf(thread_id, [
      { sent_at: '2026-01-01T00:00:00.5Z' },
      { sent_at: '2026-06-01T00:00:00Z' },
    ]);
    await recorded(stage, 'history.cursor.format', { thread_id, messages });
    const first = await ask(stage, 'history.cursor.format', ['thread_messages', { thread_id, limit: 1 }]);
    const { message_id, sent_at } = first.messages[0] ?? {};
    const wanted = Buffer.from(JSON.stringify({ message_id, sent_at }))
      .toString('base64')
      .replaceAll('+', '-')
      .replaceAll('/', '_');
    judge.equal('history.cursor.format', first.next_cursor, wanted, 'the cursor');
    const { decode } = golden<{ decode: { cursor: string; decoded: object | null }[] }>('cursors');
    for (const { cursor, decoded } of decode) {
      const page = await ask(stage, 'rpc.cursor.bad', ['thread_messages', { thread_id, cursor }]);
      judge.equal('rpc.cursor.bad', page.messages.length, decoded ? 1 : 2, `messages after ${JSON.stringify(cursor)}`);
      judge.equal('rpc.cursor.bad', page.cursor || '', cursor, 'the cursor as sent');
    }
    await refused(stage, 'rpc.cursor.strict', [
      'thread_messages',
      { thread_id, cursor: 'garbage', strict_cursor: true },
      { code: 'cursor_invalid' },
    ]);
  },
);

const trueTime = registryScenario(
  {
    id: 'history.true-time',
    title: 'given timestamps of every form, when the thread is paged by one, then all come once, in true order',
    cases: ['T-13'],
    rules: ['history.order.true-time', 'history.order.complete'],
  },
  async (stage) => {
    const thread_id = stage.name('thread');
    const newestFirst = [
      'garbage',
      '2026-01-01T03:00:01+03:00',
      '2026-01-01T00:00:00.500123Z',
      '2026-01-01T00:00:00.500Z',
      '2026-01-01T00:00:00.25',
      '2026-01-01T00:00:00Z',
    ];
    const sent = messagesOf(
      thread_id,
      newestFirst.map((sent_at) => ({ sent_at })),
    );
    await recorded(stage, 'history.order.complete', { thread_id, messages: [...sent].reverse() });
    const { rows: read } = await readPages(stage, 'history.order.complete', { id: thread_id, limit: 1 });
    stage.judge.equal('history.order.complete', idsOf(read).sort(), idsOf(sent).sort(), 'every message once');
    stage.judge.equal('history.order.true-time', idsOf(read), idsOf(sent), 'the order of the instants');
  },
);

/** Messages on record. */
export const historyScenarios: readonly Scenario[] = [rows, payloads, paged, cursors, trueTime];
