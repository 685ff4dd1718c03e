import { headers as headerNames, type Message, type Receipt, type SentMessage, subjects } from '@agentnet/protocol';
import { makeKeyPair } from '@agentnet/sdk/identity';
import { headers } from '@nats-io/nats-core';
import { expect } from 'vitest';
import {
  aMessage,
  type DetachedAccount,
  detachedAccount,
  eventually,
  eventuallyEqual,
  type Frame,
  isSealedBy,
  isSignedBy,
  type MessageOptions,
  onEachDatabase,
  type PeerOptions,
  purposeOf,
  rule,
  type Seal,
  signedAccount,
  useKeyDir,
  useNetwork,
} from '../harness/index.js';

const aTurn = () => new Promise<void>((resolve) => void setImmediate(resolve));
const unlimited = { rateLimitPerSecond: Number.POSITIVE_INFINITY };

onEachDatabase('messages with a detached signature', (database) => {
  const network = useNetwork(database, { env: { AGENT_TTL_SECONDS: '60', DEV_AUTH: 'true' } });
  const keyDir = useKeyDir();
  const signingPeer = (options: PeerOptions = {}) =>
    network().peer({ auth: { enabled: true, keyDir: keyDir() }, inbox: unlimited, ...options });
  const publicKeyOf = async (account_id: string) =>
    (await network().client.ask('resolve_key', { account_id })).public_key;
  const from = ({ accountId, agentId, sessionTag }: DetachedAccount, to: string, fields: MessageOptions = {}) =>
    aMessage({ from: accountId, from_agent: agentId, from_session_tag: sessionTag, to, ...fields });

  rule(
    ['auth.v2.signed', 'auth.v2.text', 'auth.v2.v1-peers'],
    'given two agents, when they ask, fail, stream, send and leave, then every frame is signed for its place, and the first scheme ends when both know of the second',
    async () => {
      const { client } = network();
      const heard = await client.subscribe('>');
      const answerer = await signingPeer({
        onMessage: async ({ payload }, { reply, stream }) => {
          if (payload === 'fail') throw new Error('private');
          if (payload === 'stream') await stream(['one ', 'two']);
          else if (payload === 'hi') await reply({ answer: payload });
        },
      });
      const asker = await signingPeer();
      expect(await asker.request(answerer.accountId, 'hi')).toMatchObject({ payload: { answer: 'hi' } });
      await expect(asker.request(answerer.accountId, 'fail')).rejects.toMatchObject({ code: 'handler_error' });
      expect(await asker.node.askStream({ to: answerer.accountId, payload: 'stream' }).text).toBe('one two');
      await asker.node.send({ to: answerer.accountId, payload: 'sent', until: 'processed' });
      const keys = [await publicKeyOf(asker.accountId), await publicKeyOf(answerer.accountId)];
      await asker.close();
      await eventually(() => heard.received.some(({ subject }) => subject === subjects.registryGoodbye));
      // The history stream hands out copies under the subjects they were published to.
      const isCopy = ({ reply = '' }: Frame) => reply.startsWith('$JS.ACK.');
      const isSigned = ({ subject }: Frame) => /^(account|_INBOX\.agentnet|registry\.(hello|goodbye))/.test(subject);
      const frames = heard.received.filter((frame) => isSigned(frame) && !isCopy(frame));
      const unsigned = frames.filter((frame) => !keys.some((key) => isSealedBy(key, frame)));
      expect(unsigned.map(({ subject, text }) => ({ subject, text }))).toEqual([]);
      expect([...new Set(frames.map(purposeOf))].sort()).toEqual(['goodbye', 'hello', 'message', 'receipt', 'reply']);
      const requests = frames.filter(({ subject }) => subject === subjects.accountInbox(answerer.accountId));
      expect(requests.map(({ text }) => text.includes('"auth"'))).toEqual([true, false, false, false]);
      expect(asker.node.metricsSnapshot().forged_count).toBe(0);
      heard.unsubscribe();
    },
  );

  rule(
    ['receipt.happy', 'receipt.handler-error'],
    'given two agents that know each other’s scheme, when one asks and the handler goes on after its reply, then that is not held up by signing receipts, which come in their order',
    async () => {
      const answerer = await signingPeer({
        onMessage: async ({ payload }, { reply }) => {
          if (payload === 'fail') throw new Error('private');
          await reply(payload);
          await aTurn();
        },
      });
      const asker = await signingPeer();
      await asker.request(answerer.accountId, 'first');
      const heard = await network().client.subscribe('>');
      const wordsOf = async (payload: string) => {
        const reply = await asker.node.request({ to: answerer.accountId, payload, throwOnError: false });
        const { parent_message_id: id } = reply;
        const isOfIt = ({ json }: Frame) =>
          [(json as Message).parent_message_id, (json as Message).message_id].includes(id);
        const words = () =>
          heard.received
            .filter(
              (frame) =>
                !frame.reply && /^(account\.[^.]+\.receipts|_INBOX\.agentnet)/.test(frame.subject) && isOfIt(frame),
            )
            .map(({ json }) => (json as Receipt).status ?? (json as Message).kind);
        return eventually(words, { until: ({ length }) => length === 3, what: 'the reply and two receipts' });
      };
      expect(await wordsOf('hi')).toEqual(['reply', 'accepted', 'processed']);
      expect(await wordsOf('fail')).toEqual(['error', 'accepted', 'rejected']);
      heard.unsubscribe();
    },
  );

  rule(
    ['auth.v2.message', 'auth.v2.header'],
    'given messages signed for another place or text, when they arrive, then each is refused with the first code and none is handled',
    async () => {
      const { client } = network();
      const [sender, other] = [await detachedAccount(client), await detachedAccount(client)];
      const peer = await signingPeer();
      const inbox = subjects.accountInbox(peer.accountId);
      const message = () => from(sender, peer.accountId);
      const stranger = makeKeyPair();
      const reply = client.inbox();
      const faults: [string, ReturnType<typeof message>, Seal & { to?: string }][] = [
        ['auth_signature_invalid', message(), { subject: subjects.accountInbox(other.accountId) }],
        ['auth_signature_invalid', message(), { body: { ...message(), payload: 'other' } }],
        ['auth_signature_invalid', message(), { reply, to: client.inbox() }],
        ['auth_signature_invalid', message(), { to: client.inbox() }],
        ['auth_purpose_mismatch', message(), { purpose: 'reply' }],
        ['auth_envelope_mismatch', message(), { sessionTag: 'another' }],
        ['auth_envelope_mismatch', message(), { accountId: other.accountId, pair: other.pair }],
        ['auth_envelope_mismatch', message(), { agentId: 'another' }],
        ['auth_public_key_mismatch', message(), { pair: stranger }],
        ['auth_recipient_mismatch', from(sender, other.accountId), {}],
      ];
      for (const [code, body, seal] of faults) {
        sender.publish('message', inbox, body, seal);
        expect((await sender.receipts.next()).json).toMatchObject({
          message_id: body.message_id,
          status: 'rejected',
          code,
        });
      }
      const malformed = headers();
      malformed.set(headerNames.signature, 'scheme=ed25519-v2;');
      client.publish(inbox, message(), { headers: malformed });
      expect((await sender.receipts.next()).json).toMatchObject({ code: 'auth_payload_invalid' });
      sender.publish('message', inbox, message(), { reply });
      expect((await sender.receipts.next()).json).toMatchObject({ status: 'accepted' });
      await eventuallyEqual(() => peer.handled.length, 1);
    },
  );

  rule(
    'auth.v2.message',
    'given a message that was taken, when it is replayed here or to another capability, then it is not handled again',
    async () => {
      const { client } = network();
      const sender = await detachedAccount(client);
      const peer = await signingPeer({ capabilities: ['replay.one', 'replay.two'] });
      const message = aMessage({
        from: sender.accountId,
        from_agent: sender.agentId,
        from_session_tag: sender.sessionTag,
        to_agent: 'capability:replay.one',
      });
      const signedFor = subjects.capability('replay.one');
      sender.publish('message', signedFor, message);
      expect((await sender.receipts.next()).json).toMatchObject({ status: 'accepted' });
      expect((await sender.receipts.next()).json).toMatchObject({ status: 'processed' });
      sender.publish('message', signedFor, message);
      expect((await sender.receipts.next()).json).toMatchObject({ code: 'duplicate' });
      sender.publish('message', subjects.capability('replay.two'), message, { subject: signedFor });
      expect((await sender.receipts.next()).json).toMatchObject({ code: 'auth_signature_invalid' });
      expect(peer.handled).toHaveLength(1);
    },
  );

  rule(
    'auth.v2.receipt',
    'given a send that waits, when forged receipts come, then only the genuine one settles it',
    async () => {
      const { client } = network();
      const [receiver, mallory] = [await detachedAccount(client), await detachedAccount(client)];
      const peer = await signingPeer({ retry: { attempts: 0, receiptTimeoutMs: 20_000 } });
      const forged: { what: string; code: string }[] = [];
      peer.node.on('forged', ({ what, code }) => forged.push({ what, code }));
      const sending = peer.node.send({ to: receiver.accountId, payload: 'x', until: 'processed' });
      const { message_id, from_account_id = '' } = (await receiver.inbox.next()).json as Message;
      const subject = subjects.accountReceipts(from_account_id ?? '');
      const receipt = {
        message_id,
        status: 'rejected',
        code: 'busy',
        from_account_id: receiver.accountId,
        from_session_tag: receiver.sessionTag,
      };
      client.publish(subject, receipt);
      mallory.publish('receipt', subject, receipt);
      receiver.publish('receipt', subject, receipt, { pair: mallory.pair });
      receiver.publish('receipt', subject, receipt, { body: { ...receipt, status: 'accepted' } });
      receiver.publish('message', subject, receipt);
      receiver.acknowledge({ message_id, from_account_id });
      receiver.acknowledge({ message_id, from_account_id }, { status: 'processed' });
      expect(await sending).toMatchObject({ receipt: { status: 'processed' } });
      const codes = ['missing', 'envelope_mismatch', 'public_key_mismatch', 'signature_invalid', 'purpose_mismatch'];
      expect(forged.sort((a, b) => a.code.localeCompare(b.code))).toEqual(
        codes.sort().map((code) => ({ what: 'receipt', code: `auth_${code}` })),
      );
      expect(peer.node.metricsSnapshot().forged_count).toBe(codes.length);
    },
  );

  rule(
    'auth.v2.reply',
    'given a request, when forged replies come first, then they are told of and the genuine one is the answer',
    async () => {
      const { client } = network();
      const [responder, mallory] = [await detachedAccount(client), await detachedAccount(client)];
      const peer = await signingPeer();
      const forged: string[] = [];
      peer.node.on('forged', ({ what, code }) => forged.push(`${what} ${code}`));
      const asking = peer.request(responder.accountId, 'who?', { timeoutMs: 20_000 });
      const { json, reply = '' } = await responder.inbox.next();
      const { message_id } = json as SentMessage;
      const answer = (payload: string, parent_message_id = message_id) =>
        from(responder, peer.accountId, { kind: 'reply', parent_message_id, payload });
      client.publish(reply, answer('unsigned'));
      responder.publish('reply', reply, answer('wrong key'), { pair: mallory.pair });
      responder.publish('reply', reply, answer('tampered'), { body: answer('genuine') });
      responder.publish('reply', reply, answer('of another request'), { subject: `${reply}x` });
      responder.publish('message', reply, answer('signed as a message'));
      responder.publish('reply', reply, answer('to another message', 'f'.repeat(32)));
      mallory.publish('reply', reply, from(mallory, peer.accountId, { kind: 'reply', parent_message_id: message_id }));
      const codes = [
        'missing',
        'public_key_mismatch',
        'signature_invalid',
        'signature_invalid',
        'purpose_mismatch',
        'recipient_mismatch',
        'recipient_mismatch',
      ];
      // A stranger's key has to be asked for, which a genuine reply would not wait for.
      await eventually(() => forged.length === codes.length);
      expect(forged.sort()).toEqual(codes.map((code) => `reply auth_${code}`).sort());
      responder.publish('reply', reply, answer('genuine'));
      expect(await asking).toMatchObject({ payload: 'genuine' });
    },
  );

  rule(
    ['auth.v2.v1-peers', 'auth.v2.downgrade'],
    'given a peer of the first scheme, when it and an agent write to each other, then both verify, and nothing unsigned is taken',
    async () => {
      const { client } = network();
      const older = await signedAccount(client);
      const peer = await signingPeer({ onMessage: (_message, { reply }) => reply('hello').catch(() => {}) });
      const inbox = subjects.accountInbox(peer.accountId);
      const { text } = await client.request(inbox, older.sign(aMessage({ to: peer.accountId, kind: 'request' })));
      expect(isSignedBy(await publicKeyOf(peer.accountId), text)).toBe(true);
      for (const payload of ['first', 'second']) {
        const sending = peer.send(older.accountId, payload);
        const frame = await older.inbox.next();
        expect(isSignedBy(await publicKeyOf(peer.accountId), frame.text)).toBe(true);
        older.acknowledge(frame.json);
        await sending;
      }
      const newer = await detachedAccount(client);
      client.publish(inbox, from(newer, peer.accountId));
      expect((await newer.receipts.next()).json).toMatchObject({ code: 'auth_missing' });
      expect(peer.handled).toHaveLength(1);
    },
  );
});

onEachDatabase('a network without dev auth', (database) => {
  const network = useNetwork(database, { env: { AGENT_TTL_SECONDS: '60' } });
  const keyDir = useKeyDir();

  rule(
    'auth.v2.v1-peers',
    'given an agent that signs and one that does not, when the first writes, then the second handles it and its receipts count',
    async () => {
      const signing = await network().peer({ auth: { enabled: true, keyDir: keyDir() } });
      const plain = await network().peer();
      const delivery = await signing.node.send({ to: plain.accountId, payload: 'x', until: 'processed' });
      expect(delivery.receipt).toMatchObject({ status: 'processed' });
      expect(plain.handled).toHaveLength(1);
      await expect(plain.send(signing.accountId, 'x')).rejects.toMatchObject({ remoteCode: 'auth_missing' });
    },
  );

  rule(
    'auth.v2.required',
    'given a registry that verifies nothing, when an agent that requires ed25519-v2 joins, then it is told to upgrade the registry',
    async () => {
      const auth = { require: 'v2', keyDir: keyDir() } as const;
      await expect(network().peer({ auth })).rejects.toMatchObject({ code: 'auth_v2_unavailable' });
    },
  );
});
