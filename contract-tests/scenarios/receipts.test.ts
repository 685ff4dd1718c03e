import { errorCodes, limits, type Message, type SentReceipt, subjectPatterns, subjects } from '@agentnet/protocol';
import { expect } from 'vitest';
import {
  aMessage,
  eventually,
  idsOf,
  onEachDatabase,
  type RawAccount,
  rawAccount,
  rule,
  startPeer,
  startTcpProxy,
  uniqueName,
  useNetwork,
} from '../harness/index.js';

/** The next receipt about one message. */
async function nextReceipt({ receipts }: RawAccount, { message_id }: Message): Promise<SentReceipt> {
  const frame = await receipts.next({ where: ({ json }) => (json as SentReceipt).message_id === message_id });
  return frame.json as SentReceipt;
}

async function twoReceipts(account: RawAccount, message: Message): Promise<SentReceipt[]> {
  return [await nextReceipt(account, message), await nextReceipt(account, message)];
}

onEachDatabase('receipts', (database) => {
  const network = useNetwork(database, { env: { AGENT_TTL_SECONDS: '60' } });

  rule(
    'receipt.final.reconnect',
    'given a peer that loses its connection while it works, when it is connected again, then the sender gets the final receipt',
    async () => {
      const { client, nats } = network();
      const sender = await rawAccount(client);
      await using proxy = await startTcpProxy(Number(new URL(nats.url).port));
      let finish = (): void => undefined;
      const work = new Promise<void>((resolve) => {
        finish = resolve;
      });
      await using peer = await startPeer(`nats://127.0.0.1:${proxy.port}`, { onMessage: () => work });
      const message = aMessage({ from: sender.accountId, to: peer.accountId });
      client.publish(subjects.accountInbox(peer.accountId), message);
      const lost = new Promise((resolve) => peer.node.on('disconnected', resolve));
      const back = new Promise((resolve) => peer.node.on('reconnected', resolve));
      // A receipt that the proxy still holds would be dropped with the connection.
      expect(await nextReceipt(sender, message)).toMatchObject({ status: 'accepted' });
      proxy.drop();
      await lost;
      finish();
      await back;
      expect(await nextReceipt(sender, message)).toMatchObject({ status: 'processed' });
    },
  );

  rule(
    ['receipt.happy', 'receipt.fields', 'receipt.subject'],
    'given a peer, when a message reaches it, then accepted and processed come back with all fields and no code',
    async () => {
      const { client } = network();
      const sender = await rawAccount(client);
      const peer = await network().peer();
      const message = aMessage({ from: sender.accountId, to: peer.accountId, parent_message_id: 'parent-1' });
      client.publish(subjects.accountInbox(peer.accountId), message);
      const receipts = await twoReceipts(sender, message);
      expect(receipts.map(({ status }) => status)).toEqual(['accepted', 'processed']);
      for (const { status, event_at, ...fields } of receipts) {
        expect(Date.parse(event_at)).not.toBeNaN();
        expect({ status, ...fields }).toEqual({
          status,
          message_id: message.message_id,
          from_account_id: peer.accountId,
          from_session_tag: peer.sessionTag,
          to_account_id: sender.accountId,
          trace_id: message.trace_id,
          thread_id: message.thread_id,
          parent_message_id: 'parent-1',
        });
      }
    },
  );

  rule(
    ['send.accepted', 'send.fire-and-forget'],
    'given a peer, when another sends to it with and without waiting, then both sends give the message id',
    async () => {
      const [sender, receiver] = [await network().peer(), await network().peer()];
      const waited = await sender.send(receiver.accountId, 1);
      const notWaited = await sender.send(receiver.accountId, 2, { requireDeliveryAck: false });
      await eventually(() => receiver.handled.length === 2);
      expect(receiver.handled.map(({ message_id }) => message_id)).toEqual([waited, notWaited]);
    },
  );

  rule(
    ['receipt.requests', 'request.both'],
    'given a peer that replies, when it is asked, then both receipts come besides the reply',
    async () => {
      const { client } = network();
      const sender = await rawAccount(client);
      const peer = await network().peer({ onMessage: (_message, { reply }) => reply('pong') });
      const message = aMessage({ from: sender.accountId, to: peer.accountId, kind: 'request' });
      const reply = await client.request(subjects.accountInbox(peer.accountId), message);
      expect(reply.json).toMatchObject({ kind: 'reply', payload: 'pong' });
      const receipts = await twoReceipts(sender, message);
      expect(receipts.map(({ status }) => status)).toEqual(['accepted', 'processed']);
    },
  );

  rule(
    'receipt.no-account',
    'given a message without a sender account, when it arrives, then it is handled and no receipt follows',
    async () => {
      const { client } = network();
      const receipts = await client.subscribe(subjectPatterns.accountReceipts);
      const sender = await rawAccount(client);
      const peer = await network().peer();
      const inbox = subjects.accountInbox(peer.accountId);
      const [silent, marker] = [
        aMessage({ to: peer.accountId }),
        aMessage({ from: sender.accountId, to: peer.accountId }),
      ];
      client.publish(inbox, silent);
      await eventually(() => peer.handled.length === 1);
      client.publish(inbox, marker);
      await twoReceipts(sender, marker);
      expect(peer.handled.map(({ message_id }) => message_id)).toEqual([silent.message_id, marker.message_id]);
      expect(new Set(receipts.received.map(({ json }) => (json as SentReceipt).message_id))).toEqual(
        new Set([marker.message_id]),
      );
      receipts.unsubscribe();
    },
  );

  rule(
    ['receipt.handler-error', 'receipt.handler-error.private', 'receipt.handler-error.reply', 'request.error.shape'],
    'given a handler that throws, when a request reaches it, then receipt and error reply say so without its text',
    async () => {
      const { client } = network();
      const sender = await rawAccount(client);
      const peer = await network().peer({
        onMessage: () => {
          throw new Error('top secret');
        },
      });
      const message = aMessage({ from: sender.accountId, to: peer.accountId, kind: 'request' });
      const reply = await client.request(subjects.accountInbox(peer.accountId), message);
      const [accepted, rejected] = await twoReceipts(sender, message);
      const { detail } = errorCodes.handler_error;
      expect(accepted).toMatchObject({ status: 'accepted' });
      expect(rejected).toMatchObject({ status: 'rejected', code: 'handler_error', detail });
      expect(reply.json).toMatchObject({
        kind: 'error',
        to_agent: message.from_agent,
        to_account_id: sender.accountId,
        parent_message_id: message.message_id,
      });
      expect((reply.json as Message).payload).toEqual({
        error: 'handler_error',
        detail,
        request_message_id: message.message_id,
        trace_id: message.trace_id,
      });
      expect(JSON.stringify([rejected, reply.text])).not.toContain('secret');
    },
  );

  rule(
    'receipt.timeout',
    'given a handler that hangs, when its time is up, then it is cancelled, and receipt and error reply say timeout',
    async () => {
      const { client } = network();
      const sender = await rawAccount(client);
      const peer = await network().peer({
        inbox: { workTimeoutMs: 500 },
        onMessage: (_message, { signal }) => new Promise((resolve) => signal.addEventListener('abort', resolve)),
      });
      const message = aMessage({ from: sender.accountId, to: peer.accountId, kind: 'request' });
      const reply = await client.request(subjects.accountInbox(peer.accountId), message);
      const [accepted, rejected] = await twoReceipts(sender, message);
      expect(accepted).toMatchObject({ status: 'accepted' });
      expect(rejected).toMatchObject({ status: 'rejected', code: 'timeout', detail: errorCodes.timeout.detail });
      expect(reply.json).toMatchObject({ kind: 'error', payload: { error: 'timeout' } });
    },
  );

  rule(
    ['send.retry', 'send.retry.exhausted'],
    'given a silent receiver, when a peer sends to it, then it publishes three identical copies and gives up',
    async () => {
      const receiver = await rawAccount(network().client);
      const peer = await network().peer();
      const sending = peer.send(receiver.accountId, { text: 'anyone?' }).catch((error: unknown) => error);
      const copies = [await receiver.inbox.next(), await receiver.inbox.next(), await receiver.inbox.next()];
      expect(await sending).toMatchObject({
        code: 'delivery_ack_timeout',
        message: expect.stringContaining(idsOf(copies.map(({ json }) => json as Message))[0] ?? ''),
      });
      expect(new Set(copies.map(({ text }) => text)).size).toBe(1);
      const gaps = copies.slice(1).map(({ heardAtMs }, index) => heardAtMs - (copies[index]?.heardAtMs ?? 0));
      // A busy machine can only make the gaps longer; a tenth is left for timers that fire early.
      for (const [index, gap] of gaps.entries())
        expect(gap).toBeGreaterThan(0.9 * (limits.receiptTimeoutMs + (index + 1) * limits.sendRetryBackoffMs));
      expect(receiver.inbox.received).toHaveLength(3);
    },
    { timeout: 20_000 },
  );

  const quick = { retry: { receiptTimeoutMs: limits.receiptTimeoutMinMs } };

  rule(
    'send.late-receipt',
    'given a receiver that answers the second copy, when a peer sends to it, then two publishes are a success',
    async () => {
      const receiver = await rawAccount(network().client);
      const peer = await network().peer(quick);
      const sending = peer.send(receiver.accountId, 1);
      await receiver.inbox.next();
      const { json } = await receiver.inbox.next();
      receiver.acknowledge(json);
      expect(await sending).toBe((json as Message).message_id);
      expect(receiver.inbox.received).toHaveLength(2);
    },
  );

  rule(
    'send.duplicate',
    'given a receiver that calls the message a duplicate, when a peer sends to it, then the send succeeds',
    async () => {
      const receiver = await rawAccount(network().client);
      const peer = await network().peer();
      const sending = peer.send(receiver.accountId, 1);
      const { json } = await receiver.inbox.next();
      receiver.acknowledge(json, { status: 'rejected', code: 'duplicate', detail: errorCodes.duplicate.detail ?? '' });
      expect(await sending).toBe((json as Message).message_id);
    },
  );

  rule(
    'send.rejected',
    'given a receiver that is busy, when a peer sends to it, then the send fails at once with code and detail',
    async () => {
      const receiver = await rawAccount(network().client);
      const peer = await network().peer();
      const sending = peer.send(receiver.accountId, 1).catch((error: unknown) => error);
      const { json } = await receiver.inbox.next();
      receiver.acknowledge(json, { status: 'rejected', code: 'busy', detail: 'agent backlog is full' });
      expect(await sending).toMatchObject({
        code: 'delivery_rejected',
        remoteCode: 'busy',
        remoteDetail: 'agent backlog is full',
      });
      expect(receiver.inbox.received).toHaveLength(1);
    },
  );

  rule(
    ['send.receipt.odd', 'send.receipt.case', 'receipt.tolerant'],
    'given odd receipts, when a good one in capitals follows, then it decides the send and later sends work',
    async () => {
      const { client } = network();
      const receiver = await rawAccount(client);
      const peer = await network().peer(quick);
      const sending = peer.send(receiver.accountId, 1);
      const { json } = await receiver.inbox.next();
      const receipts = subjects.accountReceipts(peer.accountId);
      for (const broken of ['{bad', '[1]', '', '7', new Uint8Array([0xff]), { status: 'accepted' }, { message_id: 7 }])
        client.publish(receipts, broken);
      receiver.acknowledge(json, { message_id: uniqueName('other') });
      receiver.acknowledge(json, { status: 'pondering', code: 'novel' });
      const copy = await receiver.inbox.next();
      receiver.acknowledge(copy.json, { status: ' ACCEPTED ' });
      expect(await sending).toBe((json as Message).message_id);
      const later = peer.send(receiver.accountId, 2);
      const isLater = ({ json: frame }: { json: unknown }) => (frame as Message).payload === 2;
      receiver.acknowledge((await receiver.inbox.next({ where: isLater })).json, { status: 'processed' });
      await later;
    },
  );

  rule(
    'send.receipt.unusable',
    'given only receipts of unknown status, when the attempts end, then the send fails as unusable',
    async () => {
      const receiver = await rawAccount(network().client);
      const peer = await network().peer(quick);
      const sending = peer.send(receiver.accountId, 1).catch((error: unknown) => error);
      for (let copy = 0; copy < 3; copy += 1)
        receiver.acknowledge((await receiver.inbox.next()).json, { status: 'pondering' });
      expect(await sending).toMatchObject({ code: 'delivery_ack_unusable' });
    },
  );

  rule(
    ['send.shared-account', 'subject.receipts.no-group'],
    'given two sessions of the sender, when one sends 40 messages, then every send gets its receipt at the first try',
    async () => {
      const { client } = network();
      const username = uniqueName('twins');
      const [sender] = [await network().peer({ username }), await network().peer({ username })];
      const receiver = await network().peer({ inbox: { rateLimitBurst: 100, rateLimitPerSecond: 100 } });
      const copies = await client.subscribe(subjects.accountInbox(receiver.accountId));
      for (let index = 0; index < 40; index += 1) await sender?.send(receiver.accountId, index);
      await client.connection.flush();
      expect(copies.received).toHaveLength(40);
      copies.unsubscribe();
    },
  );
});
