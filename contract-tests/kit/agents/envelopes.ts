import { limits, subjectPatterns, subjects } from '@agentnet/protocol';
import { agentScenario, type Scenario } from '../core/scenario.js';
import { errorOf } from '../peer-process/acting-peer.js';
import { messageIn, sends } from './sends.js';

/** What is written on a message, and what is never sent. */
export const envelopeScenarios: readonly Scenario[] = [
  agentScenario(
    {
      id: 'sending.envelope',
      title: 'given a receiver, when an agent sends to it, then the envelope is complete and holds no null',
      cases: ['M-01'],
      rules: [
        'message.sent.fields',
        'message.sent.no-null',
        'message.sent.id',
        'message.sent.expiry',
        'message.sent.ttl',
        'message.sent.thread',
        'message.sent.version',
        'message.sent.target',
        'message.sent.timestamps',
      ],
    },
    async (stage) => {
      const { judge } = stage;
      const { receiver, peer, sending, first } = await sends(stage, { payload: { text: 'hi' } });
      receiver.acknowledge(first.json);
      await sending;
      const sent = messageIn(first);
      const fields = {
        payload: { text: 'hi' },
        kind: 'direct',
        from_account_id: peer.accountId,
        ttl_ms: limits.ttlMsDefault,
      };
      judge.matches('message.sent.fields', sent, fields, 'the fields of a message');
      judge.equal('message.sent.ttl', sent.ttl_ms, limits.ttlMsDefault, 'ttl_ms');
      judge.equal('message.sent.version', sent.schema_version, '1.1', 'schema_version');
      judge.holds(
        'message.sent.id',
        /^[0-9a-f]{12}4[0-9a-f]{3}[89ab][0-9a-f]{15}$/.test(sent.message_id),
        'a UUIDv4 in 32 hex digits',
        sent.message_id,
      );
      const target = { to_agent: receiver.accountId, to_account_id: receiver.accountId };
      judge.matches('message.sent.target', sent, target, 'the addressee');
      const thread = { trace_id: sent.message_id, thread_id: `thread_${sent.message_id}` };
      judge.matches('message.sent.thread', sent, thread, 'trace and thread of a message that names none');
      const life = Date.parse(sent.expires_at) - Date.parse(sent.sent_at);
      judge.equal('message.sent.expiry', life, sent.ttl_ms, 'expires_at less sent_at');
      const isUtc = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?Z$/;
      for (const time of [sent.sent_at, sent.expires_at])
        judge.holds('message.sent.timestamps', isUtc.test(time), 'RFC 3339 in UTC with Z', time);
      const nulls = Object.entries(sent).filter(([name, value]) => value === null && name !== 'payload');
      judge.equal('message.sent.no-null', nulls, [], 'fields that are null');
      judge.equal('request.kind', first.reply, undefined, 'the reply subject of a message nobody waits to be answered');
    },
  ),
  agentScenario(
    {
      id: 'sending.targets',
      title: 'given a receiver, when an agent names it in each form, then its inbox gets the message',
      cases: ['M-02'],
      rules: ['send.target.forms'],
    },
    async (stage) => {
      const [receiver, peer] = [await stage.account(), await stage.peer()];
      const { accountId, username } = receiver;
      const forms = [
        `account:${accountId}`,
        `ACCOUNT:${accountId}`,
        accountId,
        `@${username}`,
        `username:${username}`,
        username,
      ];
      for (const form of forms) {
        const sending = peer.send({ to: form, payload: { form } });
        const { json } = await stage.judge.comes('send.target.forms', `a message to ${form}`, receiver.inbox.next());
        receiver.acknowledge(json);
        const sent = { payload: { form }, to_account_id: accountId };
        stage.judge.matches('send.target.forms', json, sent, `a message to ${form}`);
        stage.judge.matches('send.target.forms', await sending, { saw: 'sent' }, `how the send to ${form} ends`);
      }
    },
  ),
  agentScenario(
    {
      id: 'sending.bad-targets',
      title:
        'given targets outside the grammar and unknown names, when an agent sends to them, then nothing is published',
      cases: ['M-02', 'M-06'],
      rules: ['send.target.invalid', 'send.target.unknown', 'send.target.final', 'capability.target', 'subject.tokens'],
    },
    async (stage) => {
      const { judge, client } = stage;
      const inboxes = await client.subscribe(subjectPatterns.accountInbox);
      const [receiver, peer] = [await stage.account(), await stage.peer()];
      for (const to of ['', 'account:', 'account:*', 'account:a.b', 'account:a b', 'acct_a.>', 'capability:calc']) {
        const rule = to.startsWith('capability') ? 'capability.target' : 'send.target.invalid';
        judge.equal(rule, errorOf(await peer.send({ to, payload: 1 })).code, 'invalid_target', `a send to "${to}"`);
      }
      const ghost = `@${stage.name('ghost')}`;
      judge.equal('send.target.unknown', errorOf(await peer.send({ to: ghost, payload: 1 })).code, 'not_found', ghost);
      const sending = peer.send({ to: receiver.accountId, payload: 'marker' });
      receiver.acknowledge((await receiver.inbox.next()).json);
      await sending;
      const own = inboxes.received.filter((frame) => messageIn(frame)?.from_account_id === peer.accountId);
      judge.equal(
        'send.target.unknown',
        own.map((frame) => messageIn(frame).payload),
        ['marker'],
        'what it published',
      );
      judge.equal(
        'subject.tokens',
        own.map(({ subject }) => subject),
        [subjects.accountInbox(receiver.accountId)],
        'subjects',
      );
    },
  ),
  agentScenario(
    {
      id: 'sending.refused-options',
      title:
        'given values no message can have, when an agent is to send them, then it refuses by name and publishes nothing',
      cases: ['M-12'],
      rules: ['message.payload.sendable', 'message.size.sender', 'message.sent.ttl', 'limits.options'],
    },
    async (stage) => {
      const { judge } = stage;
      const [receiver, peer] = [await stage.account(), await stage.peer()];
      const code = async (command: object) =>
        errorOf(await peer.send({ to: receiver.accountId, payload: 1, ...command })).code;
      judge.equal(
        'message.payload.sendable',
        await code({ payload: 'a\u0000b' }),
        'invalid_payload',
        'a payload with U+0000',
      );
      judge.equal('message.payload.sendable', await code({ payload: '\ud800' }), 'invalid_payload', 'a lone surrogate');
      const large = 'x'.repeat(limits.messageMaxBytes);
      judge.equal('message.size.sender', await code({ payload: large }), 'message_too_large', 'a body over the limit');
      judge.equal('message.sent.ttl', await code({ ttl_ms: 0 }), 'invalid_option', 'a ttl of 0');
      judge.equal('limits.options', await code({ idempotency_key: ' ' }), 'invalid_option', 'a blank idempotency key');
      await stage.client.connection.flush();
      judge.equal('message.size.sender', receiver.inbox.received.length, 0, 'messages published');
    },
  ),
];
