import { type Message, nowTimestamp, type SentReceipt, subjects } from '@agentnet/protocol';
import { aMessage, withPayloadText } from '../../harness/message-builder.js';
import { agentScenario, type Scenario } from '../core/scenario.js';
import { facing, outcomeOf, payloadOf, unlimited } from './facing.js';

const inMs = (ms: number): string => nowTimestamp(Date.now() + ms);

export const readingScenarios: readonly Scenario[] = [
  agentScenario(
    {
      id: 'reading.tolerant',
      title: 'given messages as older peers write them, when they arrive, then all are handled alike',
      cases: ['M-07'],
      rules: [
        'message.read.absent',
        'message.read.timestamps',
        'message.read.encoding',
        'message.read.unknown-fields',
        'message.read.kind',
        'message.read.thread',
        'message.read.no-id',
      ],
    },
    async (stage) => {
      const { peer, publish } = await facing(stage, unlimited);
      const absent = [
        'to_account_id',
        'from_session_tag',
        'parent_message_id',
        'idempotency_key',
        'reply_to',
        'auth',
        'thread_id',
      ];
      const nulls = Object.fromEntries(absent.map((name) => [name, null]));
      const { kind: _kind, ...plain } = aMessage({ payload: 'nulls', trace_id: 'Trace-2' });
      const { message_id: _id, thread_id: _thread, trace_id: _trace, ...nameless } = aMessage({ payload: 'no id' });
      const tolerated: Record<string, object> = {
        nulls: { ...plain, ...nulls },
        'no id': nameless,
        'another kind': aMessage({ payload: 'another kind', kind: 'novel' }),
        'long fraction': aMessage({ payload: 'long fraction', expires_at: inMs(30_000).replace('Z', '123+00:00') }),
        offset: aMessage({ payload: 'offset', sent_at: inMs(3 * 3_600_000).replace('Z', '+03:00') }),
        'h\u00e9 \ud83d\ude00': { ...aMessage({ payload: 'h\u00e9 \ud83d\ude00' }), future_field: { a: 1 } },
        'empty texts': aMessage({
          payload: 'empty texts',
          schema_version: '',
          parent_message_id: '',
          from_account_id: '',
        }),
      };
      for (const message of Object.values(tolerated)) publish(message);
      publish(JSON.stringify(aMessage({ payload: '@@' })).replace('@@', '\\u00e9'));
      const names = [...Object.keys(tolerated), '\u00e9'].sort();
      const received = await stage.judge.comes(
        'message.read.absent',
        `${names.length} handled messages`,
        peer.receives(names.length),
      );
      const payloads = received.map(({ payload }) => payload).sort();
      stage.judge.equal('message.read.encoding', payloads, names, 'payloads at the handler');
      const read = (payload: string) => received.find((message) => message.payload === payload);
      stage.judge.matches(
        'message.read.thread',
        read('nulls'),
        { thread_id: 'thread_trace-2' },
        'the thread of a trace',
      );
      stage.judge.matches('message.read.kind', read('nulls'), { kind: 'direct' }, 'the kind of a message without');
      stage.judge.matches('message.read.kind', read('another kind'), { kind: 'novel' }, 'an unknown kind');
      stage.judge.matches('message.read.no-id', read('no id'), { message_id: '' }, 'the id of a message without');
    },
  ),
  agentScenario(
    {
      id: 'reading.payloads',
      title: 'given every JSON value as payload, when it arrives, then the handler gets it as it was sent',
      cases: ['M-07'],
      rules: ['message.payload.any'],
    },
    async (stage) => {
      const { peer, message, publish } = await facing(stage, { ...unlimited, max_concurrency: 1 });
      const payloads = [null, true, 0, -1.5, 'text', '', [], [1, [null]], {}, { a: { b: [{}] } }];
      for (const payload of payloads) publish(message({ payload }));
      const { payload: _none, ...without } = message();
      publish(without);
      const rule = 'message.payload.any';
      const received = await stage.judge.comes(rule, 'all messages', peer.receives(payloads.length + 1));
      stage.judge.equal(
        rule,
        received.map(({ payload }) => payload),
        [...payloads, null],
        'payloads at the handler',
      );
    },
  ),
  agentScenario(
    {
      id: 'reading.wrong-types',
      title: 'given fields of wrong types, when messages arrive, then each is rejected as malformed and not handled',
      cases: ['M-07'],
      rules: ['message.read.types', 'message.malformed.receipt', 'message.malformed', 'message.text'],
    },
    async (stage) => {
      const { peer, message, ask, receiptsOf, settle } = await facing(stage, unlimited);
      for (const broken of [{ ttl_ms: '30000' }, { trace_id: 7 }, { kind: [] }, { trace_id: 'a\u0000b' }]) {
        const body = { ...message(), ...broken } as ReturnType<typeof message>;
        const what = `a message with ${JSON.stringify(broken)}`;
        const rule =
          'trace_id' in broken && typeof broken.trace_id === 'string' ? 'message.text' : 'message.read.types';
        const reply = await stage.judge.comes(rule, `an error reply to ${what}`, ask(body));
        const payload = { error: 'bad_message', request_message_id: body.message_id };
        stage.judge.matches(rule, payloadOf(reply), payload, what);
        const receipts = await stage.judge.comes('message.malformed.receipt', 'a receipt', receiptsOf(body));
        const told = receipts.map(({ status, code }) => ({ status, code }));
        stage.judge.equal('message.malformed.receipt', told, [{ status: 'rejected', code: 'bad_message' }], what);
      }
      await settle(message());
      stage.judge.equal('message.malformed', peer.received.length, 1, 'messages at the handler');
    },
  ),
  agentScenario(
    {
      id: 'reading.malformed',
      title:
        'given bodies that are no messages, when they arrive, then an error reply says so and the next one is handled',
      cases: ['M-08', 'M-10'],
      rules: [
        'message.malformed',
        'message.malformed.harmless',
        'message.empty-body',
        'limits.harmless',
        'message.depth',
      ],
    },
    async (stage) => {
      const { judge } = stage;
      const { peer, sender, message, ask, publish, settle } = await facing(stage, unlimited);
      const empty = await judge.comes('message.empty-body', 'an error reply to an empty body', ask(''));
      const missing = { error: 'missing_ttl', request_message_id: '' };
      judge.matches('message.empty-body', payloadOf(empty), missing, 'the answer to an empty body');
      const deep = withPayloadText(message(), `${'['.repeat(600)}${']'.repeat(600)}`);
      const bodies: [string, string | Uint8Array][] = [
        ['text that is no JSON', '{bad'],
        ['an array', '[1]'],
        ['a number', '7'],
        ['bytes that are no UTF-8', new Uint8Array([0x7b, 0xff])],
        ['a body nested 600 deep', deep],
      ];
      for (const [what, body] of bodies) {
        publish(body);
        const rule = body === deep ? 'message.depth' : 'message.malformed';
        const reply = await judge.comes(rule, `an error reply to ${what}`, ask(body));
        judge.matches(rule, payloadOf(reply), { error: 'bad_message' }, `the answer to ${what}`);
      }
      const last = (
        await judge.comes('message.malformed.harmless', 'receipts of the next message', settle(message()))
      ).at(-1);
      judge.equal('message.malformed.harmless', last && outcomeOf(last), 'processed', 'the next good message');
      judge.equal('message.malformed', peer.received.length, 1, 'messages at the handler');
      const about = sender.receipts.received.filter(({ json }) => (json as SentReceipt).message_id === '');
      judge.equal(
        'message.empty-body',
        about.map(({ text }) => text),
        [],
        'receipts for an empty body',
      );
    },
  ),
  agentScenario(
    {
      id: 'reading.reply-to',
      title: 'given reply subjects that are no inbox, when messages name them, then nothing is published there',
      cases: ['M-09'],
      rules: ['message.reply-to.body', 'message.reply-to.inbox'],
    },
    async (stage) => {
      const { peer, publish, ask } = await facing(stage, { ...unlimited, handle: { how: 'reply', payload: 'answer' } });
      const target = stage.name('x');
      const heard = await stage.client.subscribe(`${target}.>`);
      publish(aMessage({ to: peer.accountId, reply_to: `${target}.body` }));
      publish({ ...aMessage({ to: peer.accountId, reply_to: `${target}.body` }), ttl_ms: 0 });
      const inbox = subjects.accountInbox(peer.accountId);
      stage.client.publish(inbox, aMessage({ to: peer.accountId }), { reply: `${target}.nats` });
      const good = await stage.judge.comes(
        'message.reply-to.inbox',
        'a reply on an inbox',
        ask(aMessage({ to: peer.accountId })),
      );
      stage.judge.equal('message.reply-to.inbox', payloadOf(good), 'answer', 'the reply on an inbox');
      const where = heard.received.map(({ subject }) => subject);
      stage.judge.equal(
        'message.reply-to.body',
        where.filter((s) => s.endsWith('body')),
        [],
        'answers to a body’s reply_to',
      );
      stage.judge.equal('message.reply-to.inbox', where, [], 'answers on a subject that is no inbox');
    },
  ),
  agentScenario(
    {
      id: 'reading.hostile-sender',
      title:
        'given senders that would split a subject, when their messages arrive, then nothing follows and the agent goes on',
      cases: ['M-10'],
      rules: ['message.sender.hostile', 'message.malformed.harmless', 'subject.tokens'],
    },
    async (stage) => {
      const { judge } = stage;
      const receipts = await stage.client.subscribe('account.>');
      const pwned = await stage.client.subscribe('pwned.>');
      const { peer, message, publish, settle } = await facing(stage, unlimited);
      const mark = stage.name('evil');
      const hostile = [`${mark} b`, `${mark}\r\nPUB pwned.x 2\r\nhi\r\n`, '*', '>', `${mark}.b`, `${mark}\u0000`];
      for (const from_account_id of hostile) publish(aMessage({ to: peer.accountId, from_account_id }));
      const last = (await judge.comes('message.malformed.harmless', 'the next receipt', settle(message()))).at(-1);
      judge.equal('message.malformed.harmless', last && outcomeOf(last), 'processed', 'the next good message');
      const derived = receipts.received
        .map(({ subject }) => subject)
        .filter((s) => s.includes(mark) || /[*>\s]/.test(s));
      judge.equal('message.sender.hostile', derived, [], 'subjects made of a hostile id');
      judge.equal('subject.tokens', pwned.received.length, 0, 'publishes smuggled into the connection');
    },
  ),
  agentScenario(
    {
      id: 'reading.requester-without-account',
      title: 'given a requester without account, when it asks, then reply and error reply name what is known of it',
      cases: ['M-03'],
      rules: ['request.reply.target', 'request.error.shape'],
    },
    async (stage) => {
      const { peer, ask } = await facing(stage, { ...unlimited, handle: { how: 'reply', payload: 'pong' } });
      const reply = async (fields: object) => {
        const answer = ask({ ...aMessage({ to: peer.accountId, kind: 'request' }), ...fields });
        return (await stage.judge.comes('request.reply.target', 'a reply', answer)).json as Message;
      };
      const named = await reply({ from_agent: 'old_timer' });
      stage.judge.equal('request.reply.target', named.to_agent, 'old_timer', 'to_agent of the reply');
      const { from_agent: _none, ...anonymous } = aMessage({ to: peer.accountId, kind: 'request' });
      const answer = (await ask(anonymous)).json as Message;
      stage.judge.equal('request.reply.target', answer.to_agent, 'unknown', 'to_agent of a reply to nobody');
      for (const each of [named, answer])
        stage.judge.holds('request.reply.target', !('to_account_id' in each), 'no to_account_id', each);
    },
  ),
];
