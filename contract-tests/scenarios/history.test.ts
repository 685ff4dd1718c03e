import { operations, subjects, type ThreadMessagesReply } from '@agentnet/protocol';
import { expect } from 'vitest';
import {
  aMessage,
  countInThread,
  eventually,
  eventuallyEqual,
  golden,
  idsOf,
  messagesOf,
  onEachDeployment,
  readThread,
  record,
  rule,
  uniqueName,
  useNetwork,
  withPayloadText,
} from '../harness/index.js';

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

onEachDeployment('history', (database) => {
  const network = useNetwork(database);

  rule(
    ['history.row', 'history.row.null', 'history.captured'],
    'given a full and a bare message, when the thread is read, then each row has its keys, null where absent',
    async () => {
      const { client } = network();
      const thread_id = uniqueName('thread');
      const [full] = messagesOf(thread_id, [
        { parent_message_id: 'p1', from_session_tag: 's1', idempotency_key: 'k1', kind: 'request', sentInMs: -1000 },
      ]);
      const bare = { message_id: uniqueName('bare'), thread_id, payload: null };
      await record(client, [full ?? {}, bare]);
      const { messages } = await client.ask('thread_messages', { thread_id });
      for (const row of messages) expect(Object.keys(row).sort()).toEqual(rowKeys);
      const { expires_at: _e, ttl_ms: _t, from_agent: _f, ...kept } = full ?? {};
      expect(messages[1]).toMatchObject({ ...kept, sent_at: expect.any(String), status: 'received', metadata: {} });
      expect(Date.parse(messages[1]?.sent_at ?? '')).toBe(Date.parse(full?.sent_at ?? ''));
      expect(messages[0]).toMatchObject({
        message_id: bare.message_id,
        parent_message_id: null,
        from_account_id: null,
        from_session_tag: null,
        idempotency_key: null,
        trace_id: null,
        kind: 'direct',
        schema_version: '1.0',
        payload: null,
      });
    },
  );

  rule(
    ['history.payload', 'message.payload.any'],
    'given payloads of every JSON type, when the thread is read, then the same values come back, digit for digit',
    async () => {
      const { client } = network();
      const thread_id = uniqueName('thread');
      const texts = ['null', 'true', '"hello"', '"h\u00e9\\n\ud83d\ude00"', '[1,[],{}]', '{"a":{"b":[null,false]}}'];
      const numbers = ['0', '-7', '2.5', '12345678901234567890', '1e16', '0.1', '-0.0', '224.0'];
      for (const [index, text] of [...texts, ...numbers].entries()) {
        const message = aMessage({
          to: 'acct_bob',
          thread_id,
          message_id: `${thread_id}_${index + 10}`,
          sentInMs: index,
        });
        client.publish(subjects.accountInbox('acct_bob'), withPayloadText(message, text));
      }
      await eventuallyEqual(() => countInThread(client, thread_id), texts.length + numbers.length);
      const { text, json } = await client.request(operations.thread_messages.subject, { thread_id });
      const rows = [...(json as ThreadMessagesReply).messages].reverse();
      expect(rows.slice(0, texts.length).map(({ payload }) => payload)).toEqual(texts.map((one) => JSON.parse(one)));
      for (const number of numbers) expect(text).toMatch(new RegExp(`"payload":\\s?${number.replace('.', '\\.')}[,}]`));
    },
  );

  rule(
    'history.paging',
    'given seven messages and pages of two, when the cursor is followed, then four pages give all, newest first',
    async () => {
      const { client } = network();
      const thread_id = uniqueName('thread');
      const sent = messagesOf(
        thread_id,
        Array.from({ length: 7 }, (_, index) => ({ sentInMs: index * 10 })),
      );
      await record(client, sent);
      const { pages, rows } = await readThread(client, thread_id, 2);
      expect(pages).toBe(4);
      expect(idsOf(rows)).toEqual(idsOf(sent).reverse());
    },
  );

  rule(
    'history.paging.ties',
    'given five messages of one instant, when they are paged by one, then they come by id, descending, and none is lost',
    async () => {
      const { client } = network();
      const thread_id = uniqueName('thread');
      const sent_at = '2026-01-01T00:00:00Z';
      const sent = messagesOf(
        thread_id,
        Array.from({ length: 5 }, () => ({ sent_at })),
      );
      await record(client, sent);
      const { rows } = await readThread(client, thread_id, 1);
      expect(idsOf(rows)).toEqual(idsOf(sent).sort().reverse());
    },
  );

  rule(
    ['history.cursor.format', 'rpc.cursor.bad', 'rpc.cursor.strict'],
    'given the golden cursors, when they are sent, then good ones are places and bad ones page one, repeated as sent',
    async () => {
      const { client } = network();
      const thread_id = uniqueName('thread');
      const sent = messagesOf(thread_id, [{ sent_at: '2026-01-01T00:00:00.5Z' }, { sent_at: '2026-06-01T00:00:00Z' }]);
      await record(client, sent);
      const first = await client.ask('thread_messages', { thread_id, limit: 1 });
      const { message_id, sent_at } = first.messages[0] ?? {};
      const text = Buffer.from(JSON.stringify({ message_id, sent_at })).toString('base64');
      expect(first.next_cursor).toBe(text.replaceAll('+', '-').replaceAll('/', '_'));
      const { decode } = golden<{ decode: { cursor: string; decoded: object | null }[] }>('cursors');
      for (const { cursor, decoded } of decode) {
        const page = await client.ask('thread_messages', { thread_id, cursor });
        const count = decoded ? 1 : 2;
        expect({ cursor: page.cursor || '', count: page.messages.length }).toEqual({ cursor, count });
      }
      expect(await client.rpc('thread_messages', { thread_id, cursor: 'garbage', strict_cursor: true })).toMatchObject({
        code: 'cursor_invalid',
      });
    },
  );

  rule(
    ['history.replies', 'subject.history.no-ack'],
    'given requests from plain and own inboxes, when they are answered, then request and reply are in the thread',
    async () => {
      const { client } = network();
      const peer = await network().peer({
        onMessage: (_message, { reply }) => reply({ ok: true }),
      });
      const asker = await network().peer();
      const plain = aMessage({ from: 'acct_plain', to: peer.accountId, kind: 'request' });
      const { json } = await client.request(subjects.accountInbox(peer.accountId), plain);
      expect(json).toMatchObject({ kind: 'reply', parent_message_id: plain.message_id });
      const own = await asker.request(peer.accountId, { ask: 1 }, { threadId: uniqueName('thread') });
      for (const thread_id of [plain.thread_id, own.thread_id ?? '']) {
        const kinds = await eventually(
          async () => (await client.ask('thread_messages', { thread_id })).messages.map(({ kind }) => kind),
          { until: (found) => found.length >= 2 },
        );
        expect(kinds.sort()).toEqual(['reply', 'request']);
      }
    },
  );

  rule(
    ['history.search.filters', 'history.search.dates', 'history.search.echo'],
    'given messages of several kinds and times, when they are searched, then filters hold and bad dates are refused',
    async () => {
      const { client } = network();
      const thread_id = uniqueName('thread');
      const [a, b, c] = [uniqueName('a'), uniqueName('b'), uniqueName('c')];
      const times = ['2026-01-01T00:00:00Z', '2026-01-02T00:00:00.250Z', '2026-01-03T00:00:00Z'];
      const sent = messagesOf(thread_id, [
        { from: a, to: b, kind: 'direct', sent_at: times[0] ?? '' },
        { from: b, to: a, kind: 'request', sent_at: times[1] ?? '' },
        { from: a, to: c, kind: 'request', sent_at: times[2] ?? '' },
      ]);
      await record(client, sent);
      const found = async (filter: object) =>
        idsOf((await client.ask('message_search', { thread_id, ...filter })).messages).map((id) =>
          idsOf(sent).indexOf(id),
        );
      expect(await found({})).toEqual([2, 1, 0]);
      expect(await found({ kind: 'request' })).toEqual([2, 1]);
      expect(await found({ from_account_id: a })).toEqual([2, 0]);
      expect(await found({ from_account_id: a, to_account_id: c })).toEqual([2]);
      expect(await found({ from_ts: times[1], to_ts: times[2] })).toEqual([2, 1]);
      expect(await found({ from_ts: '2026-01-02T03:00:00.25+03:00', to_ts: times[1] })).toEqual([1]);
      const reply = await client.ask('message_search', { thread_id, from_ts: '2026-01-01' });
      expect(reply.filters).toEqual({
        thread_id,
        from_account_id: null,
        to_account_id: null,
        kind: null,
        from_ts: '2026-01-01',
        to_ts: null,
      });
      const { errors } = operations.message_search;
      expect(await client.rpc('message_search', { from_ts: 'soon' })).toMatchObject({ error: errors.from_ts_invalid });
      expect(await client.rpc('message_search', { to_ts: 'soon' })).toMatchObject({ error: errors.to_ts_invalid });
    },
  );

  rule(
    ['history.order.true-time', 'history.order.complete', 'message.read.timestamps'],
    'given timestamps of every form, when the thread is paged by one, then all come once, in true order',
    async () => {
      const { client } = network();
      const thread_id = uniqueName('thread');
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
      await record(client, [...sent].reverse());
      const { rows } = await readThread(client, thread_id, 1);
      expect(idsOf(rows)).toEqual(idsOf(sent));
    },
  );

  rule(
    ['history.poison', 'history.poison.visible', 'limits.harmless', 'limits.text'],
    'given messages the database cannot store as they are, when normal ones follow, then those are recorded',
    async () => {
      const { client, registries } = network();
      const thread_id = uniqueName('thread');
      const inbox = subjects.accountInbox('acct_bob');
      client.publish(inbox, aMessage({ thread_id: `${thread_id}\u0000` }));
      client.publish(inbox, aMessage({ thread_id: `${thread_id}\ud800` }));
      client.publish(inbox, aMessage({ message_id: 'a\u0000b', thread_id }));
      const odd = [
        '"\\u0000"',
        '"\\ud800"',
        '{"\\u0000":1}',
        '1e999',
        '9'.repeat(5000),
        `${'['.repeat(400)}${']'.repeat(400)}`,
      ];
      const ids = odd.map((_, index) => `${thread_id}_${index}`);
      for (const [index, text] of odd.entries())
        client.publish(inbox, withPayloadText(aMessage({ thread_id, message_id: ids[index] ?? '' }), text));
      for (const broken of ['{bad', '[1]', '"text"', new Uint8Array([0xff, 0xfe])]) client.publish(inbox, broken);
      const unreadable = 3 + 4;
      const normal = messagesOf(thread_id, [{}, {}, {}]);
      for (const message of normal) client.publish(inbox, message);
      const recorded = async () => idsOf((await client.ask('thread_messages', { thread_id })).messages);
      await eventually(recorded, {
        until: (found) => normal.every(({ message_id }) => found.includes(message_id ?? '')),
      });
      const missing = async () => {
        const found = await recorded();
        return odd.filter((_, index) => !found.includes(ids[index] ?? '')).map((text) => text.slice(0, 30));
      };
      const logs = () => registries.map(({ log }) => log).join('');
      const buried = () => logs().split('history_dead_letter').length - 1 - unreadable;
      await eventually(async () => ({ missing: await missing(), buried: buried() }), {
        until: (seen) => seen.missing.length === seen.buried,
        what: 'every odd payload recorded or reported as dead-lettered',
      });
      for (const name of ['thread_status', 'thread_messages'] as const)
        expect(await client.rpc(name, { thread_id: 'a\u0000' })).toMatchObject({ code: 'bad_request' });
    },
  );

  rule(
    ['history.first-wins', 'history.first-wins.thread'],
    'given a recorded message, when its id comes again with other content, then the first content stays alone',
    async () => {
      const { client } = network();
      const [thread_id, other] = [uniqueName('thread'), uniqueName('other')];
      const [first = {}, marker = {}] = messagesOf(thread_id, [{ payload: 'first' }, { payload: 'marker' }]);
      await record(client, [first]);
      client.publish(subjects.accountInbox('acct_bob'), { ...first, payload: 'TAMPERED' });
      client.publish(subjects.accountInbox('acct_bob'), { ...first, thread_id: other, payload: 'TAMPERED' });
      await record(client, [marker], 2);
      const { messages } = await client.ask('thread_messages', { thread_id });
      expect(messages.find(({ message_id }) => message_id === first.message_id)?.payload).toBe('first');
      expect(await client.rpc('thread_status', { thread_id: other })).toMatchObject({ code: 'not_found' });
    },
  );

  rule(
    ['history.large-page', 'rpc.page.bytes', 'rpc.reply.size'],
    'given six payloads of 200 kB, when fifty messages are asked for, then smaller pages give all of them',
    async () => {
      const { client } = network();
      const thread_id = uniqueName('thread');
      const payload = 'x'.repeat(200_000);
      const sent = messagesOf(
        thread_id,
        Array.from({ length: 6 }, (_, index) => ({ payload, sentInMs: index })),
      );
      await record(client, sent);
      const { pages, rows } = await readThread(client, thread_id, 50);
      expect(pages).toBeGreaterThan(1);
      expect(idsOf(rows)).toEqual(idsOf(sent).reverse());
    },
  );

  rule(
    'history.dotted',
    'given a dotted capability, when a request is sent to it, then the request is recorded',
    async () => {
      const { client } = network();
      const thread_id = uniqueName('thread');
      const message = aMessage({ to_agent: 'capability:mesh.agent', kind: 'request', thread_id });
      await client.deliver(subjects.capability('mesh.agent'), message, { reply: client.inbox() });
      await eventuallyEqual(() => countInThread(client, thread_id), 1);
    },
  );
});
