import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { errorCodes, limits, type Message, RawJson, type SentMessage, subjects } from '@agentnet/protocol';
import { makeKeyPair } from '@agentnet/sdk/identity';
import { expect } from 'vitest';
import {
  aMessage,
  eventually,
  eventuallyEqual,
  isSealedBy,
  isSignedBy,
  type MessageOptions,
  type MessageText,
  onEachDatabase,
  type PeerOptions,
  rule,
  type SignedAccount,
  signedAccount,
  signMessage,
  uniqueName,
  useKeyDir,
  useNetwork,
} from '../harness/index.js';

/** As Python writes and reads them; `JSON.parse` and `JSON.stringify` would lose every one. */
const numbers = '{"total":224.0,"n":1e+16,"big":12345678901234567890,"z":-0.0}';

onEachDatabase('signed messages', (database) => {
  const network = useNetwork(database, { env: { AGENT_TTL_SECONDS: '60', DEV_AUTH: 'true' } });
  const keyDir = useKeyDir();

  const signingPeer = (options: PeerOptions = {}) =>
    network().peer({ auth: { enabled: true, keyDir: keyDir() }, ...options });
  const publicKeyOf = async (account_id: string) =>
    (await network().client.ask('resolve_key', { account_id })).public_key;
  const to = (peer: { accountId: string }, options: MessageOptions = {}): MessageText =>
    aMessage({ to: peer.accountId, ...options });
  /** Delivers a text as a request; returns the error reply's payload once the receipt says the same. */
  const refusalOf = async (peer: { accountId: string }, text: string, sender?: SignedAccount) => {
    const { json } = await network().client.request(subjects.accountInbox(peer.accountId), text);
    const { payload, kind } = json as { payload: { error: string; detail: string }; kind: string };
    if (sender) {
      const { code, detail } = (await sender.receipts.next()).json as { code?: string; detail?: string };
      expect({ code, detail }).toEqual({ code: payload.error, detail: payload.detail });
    }
    return { kind, error: payload.error, detail: payload.detail };
  };
  const refused = (error: string) => ({ kind: 'error', error, detail: 'message signature verification failed' });

  rule(
    ['auth.message.claims', 'auth.keys.private'],
    'given two signing agents, when one asks the other, then request, reply and error reply are signed and accepted, with claims until both know the later scheme',
    async () => {
      const { client } = network();
      const answerer = await signingPeer({
        onMessage: async ({ payload }, { reply }) => {
          if (payload === 'fail') throw new Error('private');
          await reply({ answer: payload });
        },
      });
      const asker = await signingPeer();
      const inbox = await client.subscribe(subjects.accountInbox(answerer.accountId));
      const replies = await client.subscribe('_INBOX.>');
      expect(await asker.request(answerer.accountId, 'yo')).toMatchObject({ payload: { answer: 'yo' }, kind: 'reply' });
      await expect(asker.request(answerer.accountId, 'fail')).rejects.toMatchObject({ code: 'handler_error' });
      expect(await asker.send(answerer.accountId, { text: 'ok' })).toEqual(expect.any(String));
      const [askerKey, answererKey] = [await publicKeyOf(asker.accountId), await publicKeyOf(answerer.accountId)];
      expect(inbox.received.map(({ text }) => isSignedBy(askerKey, text))).toEqual([true, false, false]);
      expect(inbox.received.map((frame) => isSealedBy(askerKey, frame))).toEqual([true, true, true]);
      const answers = replies.received.filter(({ text }) => text.includes('"parent_message_id"'));
      expect(answers.map((frame) => isSealedBy(answererKey, frame))).toEqual([true, true]);
      const { mode } = await stat(join(keyDir(), `${asker.agentId}.json`));
      expect((mode & 0o777).toString(8)).toBe('600');
      replies.unsubscribe();
      inbox.unsubscribe();
    },
  );

  rule(
    'auth.message.refusals',
    'given messages with one fault and all later ones, when they arrive, then each is refused with the first',
    async () => {
      const sender = await signedAccount(network().client);
      const peer = await signingPeer({ inbox: { rateLimitBurst: 100 } });
      const from = sender.accountId;
      const other = makeKeyPair();
      const changed = (text: string, change: (auth: Record<string, unknown>) => void): string => {
        const message = JSON.parse(text) as { auth: Record<string, unknown> };
        change(message.auth);
        return JSON.stringify(message);
      };
      const signed = (): string => sender.sign(to(peer));
      const bySomebodyElse = (): string => signMessage(other, to(peer, { from }));
      const cases: [string, string][] = [
        ['auth_missing', JSON.stringify(to(peer, { from }))],
        ['auth_missing', JSON.stringify({ ...to(peer, { from }), auth: 'text' })],
        [
          'auth_scheme_invalid',
          changed(bySomebodyElse(), (auth) => Object.assign(auth, { scheme: 'x', signature: '' })),
        ],
        ['auth_payload_invalid', changed(bySomebodyElse(), (auth) => Object.assign(auth, { signature: '' }))],
        ['auth_payload_invalid', changed(bySomebodyElse(), (auth) => Object.assign(auth, { claims: 'x' }))],
        ['auth_payload_invalid', changed(bySomebodyElse(), (auth) => Object.assign(auth, { public_key: null }))],
        ['auth_public_key_mismatch', bySomebodyElse()],
        ['auth_claims_mismatch', changed(signed(), (auth) => Object.assign(auth['claims'] as object, { kind: 'x' }))],
        ['auth_claims_mismatch', changed(signed(), (auth) => Object.assign(auth['claims'] as object, { extra: '1' }))],
        ['auth_signature_invalid', changed(signed(), (auth) => Object.assign(auth, { signature: 'A'.repeat(86) }))],
        ['auth_recipient_mismatch', sender.sign({ ...to({ accountId: 'acct_other' }) })],
      ];
      for (const [error, text] of cases) expect(await refusalOf(peer, text, sender)).toEqual(refused(error));
      const anonymous = JSON.stringify({ ...to(peer), auth: 'x' });
      expect(await refusalOf(peer, anonymous)).toEqual(refused('auth_missing_from_account'));
      const unknown = signMessage(other, to(peer, { from: uniqueName('acct') }));
      expect(await refusalOf(peer, unknown)).toEqual(refused('auth_key_not_found'));
      const wrongVersion = JSON.stringify(to(peer, { from, schema_version: '9.9' }));
      expect(await refusalOf(peer, wrongVersion)).toMatchObject({ error: 'unsupported_schema_version' });
      expect(peer.handled).toHaveLength(0);
    },
  );

  rule(
    'auth.message.tampered',
    'given a signed message whose payload is changed on the way, when it arrives, then it is refused and not handled',
    async () => {
      const sender = await signedAccount(network().client);
      const peer = await signingPeer();
      const text = sender.sign(to(peer, { payload: { amount: 1 } })).replace('"amount":1', '"amount":9');
      expect(await refusalOf(peer, text, sender)).toEqual(refused('auth_claims_mismatch'));
      expect(errorCodes.auth_claims_mismatch.detail).toBe('message signature verification failed');
      expect(peer.handled).toHaveLength(0);
    },
  );

  rule(
    ['auth.message.numbers', 'auth.message.integer-keys', 'auth.canonical-json'],
    'given payloads that JavaScript would rewrite, when they are sent either way, then they verify',
    async () => {
      const { client } = network();
      const account = await signedAccount(client);
      const peer = await signingPeer({
        onMessage: (_message, { reply }) => reply(RawJson.of(numbers)).catch(() => {}),
      });
      const payloads = [
        numbers,
        '{"2":"b","10":"a"}',
        '{"10":"a","2":"b"}',
        '{ "é\u007f" : [1.0, 1e2, 5e-324] }',
        'null',
      ];
      for (const payloadText of payloads) {
        const { json, text } = await client.request(
          subjects.accountInbox(peer.accountId),
          account.sign(to(peer, { kind: 'request' }), payloadText),
        );
        expect(json).toMatchObject({ kind: 'reply' });
        expect(text).toContain(`"payload":${numbers}`);
        expect(isSignedBy(await publicKeyOf(peer.accountId), text)).toBe(true);
      }
      expect(peer.handled).toHaveLength(payloads.length);
      const sending = peer.send(account.accountId, { 2: 'b', 10: 'a', z: -0, big: 1e21, small: 1e-7, text: 'é\u2028' });
      const { json, text } = await account.inbox.next();
      account.acknowledge(json);
      await sending;
      expect(isSignedBy(await publicKeyOf(peer.accountId), text)).toBe(true);
    },
  );

  rule(
    'auth.message.legacy',
    'given a message signed with twelve claims, when it arrives, then it is handled',
    async () => {
      const sender = await signedAccount(network().client);
      const peer = await signingPeer();
      const message = to(peer, { from: sender.accountId });
      const text = signMessage(sender.pair, message, { legacy: true });
      network().client.publish(subjects.accountInbox(peer.accountId), text);
      expect((await sender.receipts.next()).json).toMatchObject({ status: 'accepted', message_id: message.message_id });
    },
  );

  rule(
    'auth.message.audience',
    'given messages signed for others, when they are replayed to an agent, then only what it offers is taken',
    async () => {
      const { client } = network();
      const sender = await signedAccount(client);
      const capability = uniqueName('calc');
      const bob = await signingPeer({ capabilities: [capability] });
      const carol = await signingPeer();
      const forBob = sender.sign(to(bob));
      client.publish(subjects.accountInbox(bob.accountId), forBob);
      expect((await sender.receipts.next()).json).toMatchObject({ status: 'accepted' });
      await sender.receipts.next();
      expect(await refusalOf(carol, forBob, sender)).toEqual(refused('auth_recipient_mismatch'));
      const forCalculators = sender.sign(aMessage({ to_agent: `capability:${capability}` }));
      expect(await refusalOf(carol, forCalculators, sender)).toEqual(refused('auth_recipient_mismatch'));
      client.publish(subjects.capability(capability), forCalculators);
      await eventuallyEqual(() => bob.handled.length, 2);
      expect(carol.handled).toHaveLength(0);
    },
  );

  rule(
    'auth.forged',
    'given a request, when forged replies come before the genuine one, then they are ignored',
    async () => {
      const { client } = network();
      const [responder, mallory] = [await signedAccount(client), await signedAccount(client)];
      const peer = await signingPeer();
      const asking = peer.request(responder.accountId, 'who?');
      const { json, reply = '' } = await responder.inbox.next();
      const request = json as SentMessage;
      expect(isSignedBy(await publicKeyOf(peer.accountId), JSON.stringify(request))).toBe(true);
      const answer = (fields: MessageOptions = {}): MessageText =>
        to(peer, { kind: 'reply', parent_message_id: request.message_id, payload: 'EVIL', ...fields });
      const forged = [
        'no JSON',
        JSON.stringify(answer({ from: responder.accountId })),
        mallory.sign(answer()),
        signMessage(mallory.pair, answer({ from: responder.accountId })),
        responder.sign(answer({ parent_message_id: uniqueName('other') })),
        responder.sign(answer({ to_account_id: mallory.accountId })),
      ];
      for (const text of forged) client.publish(reply, text);
      client.publish(reply, responder.sign(answer({ payload: 'genuine' })));
      expect(await asking).toMatchObject({ payload: 'genuine' });
      const forgedOnly = peer.request(responder.accountId, 'who?', { timeoutMs: 1_500 });
      const second = await responder.inbox.next();
      const unsigned = {
        ...answer({ from: responder.accountId }),
        parent_message_id: (second.json as Message).message_id,
      };
      client.publish(second.reply ?? '', unsigned);
      responder.acknowledge(second.json);
      await expect(forgedOnly).rejects.toThrow('[request_timeout]');
    },
  );

  rule(
    'auth.key-lookup.bounded',
    'given a hung registry and fifty messages of an unknown account, when others write, then they are served at once, in order',
    async () => {
      const { client, registry } = network();
      const [known, fresh] = [await signedAccount(client), await signedAccount(client)];
      const peer = await signingPeer({ inbox: { maxConcurrency: 1, rateLimitBurst: 100 } });
      const inbox = subjects.accountInbox(peer.accountId);
      client.publish(inbox, known.sign(to(peer, { payload: 'known' })));
      await eventually(() => peer.handled.length === 1);
      const lookups = await client.subscribe(subjects.registryResolveKey);
      process.kill(registry.pid, 'SIGSTOP');
      try {
        const junk = makeKeyPair();
        const from = uniqueName('acct');
        for (let count = 0; count < 50; count += 1) client.publish(inbox, signMessage(junk, to(peer, { from })));
        client.publish(inbox, fresh.sign(to(peer, { payload: 'first' })));
        client.publish(inbox, fresh.sign(to(peer, { payload: 'second' })));
        client.publish(inbox, known.sign(to(peer, { payload: 'meanwhile' })));
        await eventuallyEqual(() => peer.handled.map(({ payload }) => payload), ['known', 'meanwhile'], {
          timeoutMs: limits.resolveTimeoutMs / 2,
        });
      } finally {
        process.kill(registry.pid, 'SIGCONT');
      }
      await eventuallyEqual(
        () => peer.handled.map(({ payload }) => payload),
        ['known', 'meanwhile', 'first', 'second'],
      );
      client.publish(inbox, fresh.sign(to(peer, { payload: 'third' })));
      await eventually(() => peer.handled.length === 5);
      expect(lookups.received).toHaveLength(2);
      lookups.unsubscribe();
    },
  );

  rule(
    ['auth.message.refusals', 'auth.register.refusals'],
    'given an agent without a key, when it joins or writes, then the registry and its peers refuse it by name',
    async () => {
      await expect(network().peer({ auth: { enabled: false } })).rejects.toMatchObject({ code: 'auth_required' });
      const username = uniqueName('taken');
      await signingPeer({ username });
      await expect(
        network().peer({ username, auth: { enabled: true, keyDir: join(keyDir(), 'others') } }),
      ).rejects.toMatchObject({ code: 'auth_public_key_mismatch' });
      const [first, again] = [await signingPeer({ username }), await signingPeer({ username })];
      expect(again.accountId).toBe(first.accountId);
    },
  );
});
