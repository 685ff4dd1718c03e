import {
  errorCodes,
  limits,
  type Message,
  matchSubject,
  queueGroups,
  type SentMessage,
  subjectPatterns,
  subjects,
} from '@agentnet/protocol';
import { expect } from 'vitest';
import {
  aMessage,
  eventually,
  eventuallyEqual,
  onEachDatabase,
  rawAccount,
  rule,
  uniqueName,
  useNetwork,
} from '../harness/index.js';

onEachDatabase('messaging', (database) => {
  const network = useNetwork(database, { env: { AGENT_TTL_SECONDS: '60' } });

  rule(
    [
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
    'given a raw receiver, when a peer sends to it, then the envelope is complete and holds no null',
    async () => {
      const receiver = await rawAccount(network().client);
      const peer = await network().peer();
      const sending = peer.send(receiver.accountId, { text: 'hi' });
      const { json, reply } = await receiver.inbox.next();
      const sent = json as SentMessage;
      receiver.acknowledge(sent);
      expect(await sending).toBe(sent.message_id);
      expect(reply).toBeUndefined();
      expect(sent).toMatchObject({
        message_id: expect.stringMatching(/^[0-9a-f]{32}$/),
        from_agent: peer.agentId,
        from_account_id: peer.accountId,
        from_session_tag: peer.sessionTag,
        to_agent: receiver.accountId,
        to_account_id: receiver.accountId,
        payload: { text: 'hi' },
        kind: 'direct',
        schema_version: '1.1',
        ttl_ms: limits.ttlMsDefault,
        trace_id: sent.message_id,
        thread_id: `thread_${sent.message_id}`,
      });
      expect(Date.parse(sent.expires_at)).toBe(Date.parse(sent.sent_at) + sent.ttl_ms);
      expect(Object.values(sent)).not.toContain(null);
    },
  );

  rule(
    'send.target.forms',
    'given a raw receiver, when a peer names it in each form, then its inbox gets the message',
    async () => {
      const receiver = await rawAccount(network().client);
      const peer = await network().peer();
      const forms = [
        `account:${receiver.accountId}`,
        `ACCOUNT:${receiver.accountId}`,
        receiver.accountId,
        `@${receiver.username}`,
        `username:${receiver.username}`,
        receiver.username,
      ];
      for (const form of forms) {
        const sending = peer.send(form, { form });
        const { json } = await receiver.inbox.next();
        receiver.acknowledge(json);
        await sending;
        expect(json).toMatchObject({ payload: { form }, to_account_id: receiver.accountId });
      }
    },
  );

  rule(
    ['send.target.invalid', 'capability.target'],
    'given targets outside the grammar, when a peer sends to them, then it refuses before anything is published',
    async () => {
      const inboxes = await network().client.subscribe(subjectPatterns.accountInbox);
      const receiver = await rawAccount(network().client);
      const peer = await network().peer();
      for (const target of ['', 'account:', 'account:*', 'account:a.b', 'account:a b', 'acct_a.>', 'capability:calc'])
        await expect(peer.send(target, 1)).rejects.toMatchObject({ code: 'invalid_target' });
      const sending = peer.send(receiver.accountId, 'marker');
      const { json } = await receiver.inbox.next();
      receiver.acknowledge(json);
      await sending;
      expect(inboxes.received).toHaveLength(1);
      inboxes.unsubscribe();
    },
  );

  rule(
    ['request.reply.shape', 'request.kind'],
    'given a peer that replies, when a raw request reaches it, then the reply carries trace, thread and parent',
    async () => {
      const { client } = network();
      const requester = await rawAccount(client);
      const peer = await network().peer({ onMessage: (_message, { reply }) => reply({ pong: true }) });
      const request = aMessage({ from: requester.accountId, to: peer.accountId, kind: 'request', trace_id: 'Trace-1' });
      const { json } = await client.request(subjects.accountInbox(peer.accountId), request);
      expect(json).toMatchObject({
        kind: 'reply',
        payload: { pong: true },
        parent_message_id: request.message_id,
        trace_id: 'Trace-1',
        thread_id: request.thread_id,
        from_account_id: peer.accountId,
        to_account_id: requester.accountId,
        to_agent: requester.accountId,
      });
      expect((json as Message).message_id).not.toBe(request.message_id);
    },
  );

  rule(
    ['request.kind', 'request.reply.subject', 'request.first-reply', 'request.reply.no-receipt'],
    'given a raw responder, when a peer asks it, then one request with an own reply subject gets the first reply',
    async () => {
      const { client } = network();
      const responder = await rawAccount(client);
      const peer = await network().peer();
      const asking = peer.request(responder.accountId, { ask: 1 });
      const { json, reply } = await responder.inbox.next();
      const request = json as SentMessage;
      const answer = aMessage({ from: responder.accountId, to: peer.accountId, kind: 'reply', payload: 'first' });
      client.publish(reply ?? '', { ...answer, parent_message_id: request.message_id });
      await client.deliver(reply ?? '', { ...answer, message_id: uniqueName(), payload: 'second' });
      expect(await asking).toMatchObject({ payload: 'first' });
      expect(request.kind).toBe('request');
      expect(matchSubject.replyInbox(reply ?? '')).toMatchObject({ token: expect.any(String) });
      expect(responder.inbox.received).toHaveLength(1);
      expect(responder.receipts.received).toHaveLength(0);
    },
  );

  rule(
    ['capability.request', 'capability.envelope', 'capability.gates', 'capability.subscribe'],
    'given a peer with a capability, when it is asked by capability, then it handles the request once and replies',
    async () => {
      const { client } = network();
      const requester = await rawAccount(client);
      const capability = `mesh.${uniqueName('calc')}`;
      const heard = await client.subscribe(subjects.capability(capability));
      const peer = await network().peer({
        capabilities: [capability],
        onMessage: (_message, { reply }) => reply({ sum: 3 }),
      });
      const asker = await network().peer();
      expect(await asker.requestCapability(capability, { add: [1, 2] })).toMatchObject({ payload: { sum: 3 } });
      const { json } = await heard.next();
      expect(json).toMatchObject({ to_agent: `capability:${capability}`, kind: 'request' });
      expect(json).not.toHaveProperty('to_account_id');
      const raw = aMessage({ from: requester.accountId, to_agent: `capability:${capability}`, kind: 'request' });
      const reply = await client.request(subjects.capability(capability), raw);
      expect(reply.json).toMatchObject({ payload: { sum: 3 }, from_account_id: peer.accountId });
      const accepted = await requester.receipts.next();
      expect(accepted.json).toMatchObject({ status: 'accepted', from_account_id: peer.accountId });
      expect(peer.handled).toHaveLength(2);
    },
  );

  rule(
    ['inbox.group', 'subject.inbox.group', 'subject.capability.group'],
    'given two sessions of one account and a raw member of their group, when 30 messages arrive, then each goes to one of them',
    async () => {
      const { client } = network();
      const username = uniqueName('twins');
      const twins = [await network().peer({ username }), await network().peer({ username })];
      const [{ accountId } = { accountId: '' }] = twins;
      const member = await client.subscribe(subjects.accountInbox(accountId), {
        queue: queueGroups.receiveFromInbox(accountId),
      });
      const sent = Array.from({ length: 30 }, () => aMessage({ to: accountId, from: uniqueName('acct') }));
      for (const message of sent) client.publish(subjects.accountInbox(accountId), message);
      const handled = () => [
        ...twins.flatMap((twin) => twin.handled.map(({ message_id }) => message_id)),
        ...member.received.map(({ json }) => (json as Message).message_id),
      ];
      await eventually(() => handled().length >= 30);
      expect(handled().sort()).toEqual(sent.map(({ message_id }) => message_id).sort());
      expect([...twins.map((twin) => twin.handled.length), member.received.length]).not.toContain(0);
      member.unsubscribe();
    },
  );

  rule(
    ['send.target.unknown', 'send.target.final'],
    'given a name nobody has, when a peer sends to it, then it fails and no inbox hears anything',
    async () => {
      const { client } = network();
      const inboxes = await client.subscribe(subjectPatterns.accountInbox);
      const lists = await client.subscribe(subjects.registryList);
      const receiver = await rawAccount(client);
      const peer = await network().peer();
      await expect(peer.send(`@${uniqueName('ghost')}`, 1)).rejects.toMatchObject({ code: 'not_found' });
      const sending = peer.send(receiver.accountId, 'marker');
      receiver.acknowledge((await receiver.inbox.next()).json);
      await sending;
      expect(inboxes.received.map(({ json }) => (json as Message).payload)).toEqual(['marker']);
      expect(lists.received).toHaveLength(0);
      inboxes.unsubscribe();
      lists.unsubscribe();
    },
  );

  rule(
    [
      'message.read.absent',
      'message.read.timestamps',
      'message.read.encoding',
      'message.read.unknown-fields',
      'message.read.kind',
      'message.read.thread',
    ],
    'given messages as older peers write them, when they arrive, then all are handled alike',
    async () => {
      const { client } = network();
      const peer = await network().peer();
      const inbox = subjects.accountInbox(peer.accountId);
      const nulls = Object.fromEntries(
        [
          'to_account_id',
          'from_session_tag',
          'parent_message_id',
          'idempotency_key',
          'reply_to',
          'auth',
          'thread_id',
        ].map((field) => [field, null]),
      );
      const inMs = (ms: number) => new Date(Date.now() + ms).toISOString();
      const bare = aMessage({ trace_id: 'Trace-2', ...nulls });
      const tolerated: object[] = [
        bare,
        aMessage({ sent_at: inMs(0), expires_at: inMs(30_000).replace('Z', '123+00:00'), kind: 'novel' }),
        aMessage({ sent_at: inMs(3 * 3_600_000).replace('Z', '+03:00') }),
        { ...aMessage({ payload: 'h\u00e9 \ud83d\ude00' }), future_field: { a: 1 } },
        aMessage({ schema_version: '', parent_message_id: '', from_account_id: '' }),
      ];
      for (const message of tolerated) client.publish(inbox, message);
      client.publish(inbox, JSON.stringify(aMessage({ payload: '@@' })).replace('@@', '\\u00e9'));
      await eventuallyEqual(() => peer.handled.length, tolerated.length + 1);
      const threads = peer.handled.map(({ thread_id }) => thread_id);
      expect(threads).toContain('thread_trace-2');
    },
  );

  // The protocol's first version read text as a number; no published client sends it, so it is refused like any wrong type.
  rule(
    ['message.read.types', 'message.malformed.receipt', 'message.malformed'],
    'given a ttl written as text, when the message arrives, then it is rejected as malformed and not handled',
    async () => {
      const { client } = network();
      const sender = await rawAccount(client);
      const peer = await network().peer();
      const message = { ...aMessage({ from: sender.accountId, to: peer.accountId }), ttl_ms: '30000' };
      const { json } = await client.request(subjects.accountInbox(peer.accountId), message);
      expect(json).toMatchObject({
        kind: 'error',
        payload: { error: 'bad_message', request_message_id: message.message_id },
      });
      expect((await sender.receipts.next()).json).toMatchObject({
        message_id: message.message_id,
        status: 'rejected',
        code: 'bad_message',
      });
      expect(peer.handled).toHaveLength(0);
    },
  );

  rule(
    ['message.empty-body', 'inbox.ttl.missing'],
    'given an empty body with a reply subject, when it arrives, then the answer is missing_ttl and there is no receipt',
    async () => {
      const { client } = network();
      const receipts = await client.subscribe(subjectPatterns.accountReceipts);
      const sender = await rawAccount(client);
      const peer = await network().peer();
      const inbox = subjects.accountInbox(peer.accountId);
      const { json } = await client.request(inbox, '');
      expect(json).toMatchObject({ kind: 'error', payload: { error: 'missing_ttl', request_message_id: '' } });
      client.publish(inbox, aMessage({ from: sender.accountId, to: peer.accountId }));
      await sender.receipts.next();
      expect(receipts.received.every(({ subject }) => subject === subjects.accountReceipts(sender.accountId))).toBe(
        true,
      );
      receipts.unsubscribe();
    },
  );

  rule(
    ['message.reply-to.body', 'message.reply-to.inbox'],
    'given reply subjects that are no inbox, when messages name them, then nothing is published there',
    async () => {
      const { client } = network();
      const peer = await network().peer({
        onMessage: (_message, { reply }) => reply('answer').catch(() => {}),
      });
      const inbox = subjects.accountInbox(peer.accountId);
      const target = uniqueName('x');
      const heard = await client.subscribe(`${target}.>`);
      client.publish(inbox, aMessage({ to: peer.accountId, reply_to: `${target}.y` }));
      client.publish(inbox, { ...aMessage({ to: peer.accountId, reply_to: `${target}.y` }), ttl_ms: 0 });
      client.publish(inbox, aMessage({ to: peer.accountId }), { reply: `${target}.y` });
      const good = await client.request(inbox, aMessage({ to: peer.accountId }));
      expect(good.json).toMatchObject({ payload: 'answer' });
      expect(heard.received).toHaveLength(0);
      heard.unsubscribe();
    },
  );

  rule(
    ['message.sender.hostile', 'message.malformed.harmless'],
    'given senders that would split a subject, when their messages arrive, then nothing follows and the peer goes on',
    async () => {
      const { client } = network();
      const everything = await client.subscribe('>');
      const sender = await rawAccount(client);
      const peer = await network().peer();
      const inbox = subjects.accountInbox(peer.accountId);
      for (const from_account_id of ['x b', 'x\r\nPUB pwned 2\r\nhi\r\n', '*', '>', 'a.b', 'a\u0000'])
        client.publish(inbox, aMessage({ to: peer.accountId, from_account_id }));
      client.publish(inbox, aMessage({ from: sender.accountId, to: peer.accountId }));
      await sender.receipts.next();
      const subjectsHeard = new Set(everything.received.map(({ subject }) => subject));
      expect(subjectsHeard).not.toContain('pwned');
      const receipts = everything.received.filter(({ subject }) => subject.endsWith('.receipts'));
      expect(new Set(receipts.map(({ subject }) => subject))).toEqual(
        new Set([subjects.accountReceipts(sender.accountId)]),
      );
      everything.unsubscribe();
    },
  );

  rule(
    'request.absent.recorded',
    'given an account without a session, when a peer asks it, then the request fails long before its timeout',
    async () => {
      const peer = await network().peer();
      await expect(peer.request(uniqueName('acct_'), 1, { timeoutMs: 60_000 })).rejects.toMatchObject({
        code: 'recipient_offline',
      });
    },
    { timeout: 20_000 },
  );

  rule(
    ['message.size.reply', 'message.size.boundary', 'message.size.sender'],
    'given bodies around the size limit, when they are sent, then the limit itself is handled and more is refused by name',
    async () => {
      const { client } = network();
      const peer = await network().peer({ onMessage: (_message, { reply }) => reply('ok') });
      const inbox = subjects.accountInbox(peer.accountId);
      const sized = (bytes: number): string => {
        const message = aMessage({ to: peer.accountId, payload: '' });
        return JSON.stringify({ ...message, payload: 'x'.repeat(bytes - JSON.stringify(message).length) });
      };
      expect((await client.request(inbox, sized(limits.messageMaxBytes))).json).toMatchObject({ payload: 'ok' });
      const refused = await client.request(inbox, sized(limits.messageMaxBytes + 1));
      const { detail } = errorCodes.payload_too_large;
      expect(refused.json).toMatchObject({ kind: 'error', payload: { error: 'payload_too_large', detail } });
      expect(peer.handled).toHaveLength(1);
      await expect(peer.send(peer.accountId, 'x'.repeat(limits.messageMaxBytes))).rejects.toMatchObject({
        code: 'message_too_large',
      });
    },
  );

  rule(
    'inbox.ready',
    'given peers that have just started, when a message is sent at that instant, then none is lost',
    async () => {
      const { client } = network();
      for (let round = 0; round < 20; round += 1) {
        const peer = await network().peer();
        client.publish(subjects.accountInbox(peer.accountId), aMessage({ to: peer.accountId }));
        await eventuallyEqual(() => peer.handled.length, 1, { timeoutMs: 2_000 });
        await peer.close();
      }
    },
  );
});
