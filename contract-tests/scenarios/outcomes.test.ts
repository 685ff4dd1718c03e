import { createHash } from 'node:crypto';
import {
  buckets,
  type DedupeEntry,
  errorCodes,
  type Message,
  nowTimestamp,
  type SentReceipt,
  subjects,
} from '@agentnet/protocol';
import { systemClock } from '@agentnet/sdk';
import { describe, expect } from 'vitest';
import {
  aMessage,
  databases,
  eventually,
  freshMessageId,
  onEachDatabase,
  type PeerOptions,
  rawAccount,
  rule,
  startNats,
  startPeer,
  startRegistry,
  uniqueName,
  useNetwork,
} from '../harness/index.js';
import { aClock, aGate, finalReceipt, guardedPair, unlimited } from './guarded-pair.js';

const [pglite] = databases();
if (!pglite) throw new Error('PGlite is always there');

onEachDatabase('outcomes', (database) => {
  const network = useNetwork(database, { env: { AGENT_TTL_SECONDS: '60' } });
  const aPair = (options: PeerOptions = {}) => guardedPair(network(), options);

  rule(
    ['send.no-false-success', 'inbox.duplicate.failed', 'inbox.idempotency.reused'],
    'given a message that failed, when it is sent again by id and by key, then it runs; and another payload is refused',
    async () => {
      let calls = 0;
      const { peer, message, settle } = await aPair({
        onMessage: () => {
          calls += 1;
          if (calls <= 2) throw new Error('not yet');
        },
      });
      const idempotency_key = uniqueName('key');
      const body = message({ idempotency_key });
      expect(await settle(body)).toMatchObject({ code: 'handler_error' });
      expect(await settle(message({ idempotency_key }))).toMatchObject({ code: 'handler_error' });
      expect(await settle(body)).toMatchObject({ status: 'processed' });
      expect(await settle(message({ idempotency_key }))).toMatchObject({ code: 'duplicate' });
      const reused = await settle(message({ idempotency_key, payload: 'other' }));
      expect(reused).toMatchObject({
        code: 'idempotency_key_reused',
        detail: errorCodes.idempotency_key_reused.detail,
      });
      expect(peer.handled).toHaveLength(3);
    },
  );

  rule(
    ['send.no-false-success', 'inbox.breaker.queued'],
    'given an accepted message degraded in the queue, when it is sent again after the reset, then it is handled',
    async () => {
      const [clock, gate] = [aClock(), aGate()];
      const { sender, peer, message, publish, settle } = await aPair({
        clock,
        inbox: { maxConcurrency: 1, breakerFailures: 1, breakerResetMs: 1000 },
        onMessage: async ({ payload }) => {
          if (payload !== 'bad') return;
          await gate.handle();
          throw new Error('bad');
        },
      });
      const [bad, good] = [
        message({ payload: 'bad' }),
        message({ payload: 'good', idempotency_key: uniqueName('key') }),
      ];
      for (const body of [bad, good]) publish(body);
      const isGood = ({ json }: { json: unknown }) => (json as SentReceipt).message_id === good.message_id;
      expect((await sender.receipts.next({ where: isGood })).json).toMatchObject({ status: 'accepted' });
      gate.open();
      expect(await finalReceipt(sender, good)).toMatchObject({ code: 'service_degraded' });
      clock.advance(1000);
      expect(await settle(good)).toMatchObject({ status: 'processed' });
      expect(peer.handled.map(({ payload }) => payload)).toEqual(['bad', 'good']);
    },
  );

  rule(
    ['inbox.outcome.reply', 'inbox.outcome.attach', 'inbox.outcome.bounds'],
    'given a request that runs and one that is done, when copies come, then each gets the reply of the first and no second run',
    async () => {
      const gate = aGate();
      const { client, sender, peer, message } = await aPair({
        onMessage: async (_message, { reply }) => {
          await gate.handle();
          await reply({ exact: 1.5 });
        },
      });
      const inbox = subjects.accountInbox(peer.accountId);
      const body = message({ kind: 'request', idempotency_key: uniqueName('key') });
      const [first, second] = [client.request(inbox, body), client.request(inbox, body)];
      const about = ({ json }: { json: unknown }) => (json as SentReceipt).code === 'duplicate';
      await sender.receipts.next({ where: about });
      gate.open();
      for (const reply of [await first, await second, await client.request(inbox, body)])
        expect(reply.json).toMatchObject({
          kind: 'reply',
          payload: { exact: 1.5 },
          parent_message_id: body.message_id,
        });
      expect(peer.handled).toHaveLength(1);
    },
  );

  rule(
    ['send.closing-peer', 'receipt.final', 'inbox.drain', 'inbox.group'],
    'given two sessions of an account, when one closes during 20 sends, then all succeed and accepted work gets a final receipt',
    async () => {
      const { client } = network();
      const username = uniqueName('twins');
      const [closing, staying] = [
        await network().peer({ username, inbox: unlimited }),
        await network().peer({ username, inbox: unlimited }),
      ];
      const sender = await network().peer();
      const receipts = await client.subscribe(subjects.accountReceipts(sender.accountId));
      const sends: Promise<string>[] = [];
      for (let index = 0; index < 20; index += 1) {
        sends.push(sender.send(closing.accountId, index));
        if (index === 9) void closing.close();
      }
      const ids = await Promise.all(sends);
      await eventually(() => closing.handled.length + staying.handled.length === 20);
      const isFinal = (id: string) =>
        receipts.received.some(({ json }) => {
          const { message_id, status } = json as SentReceipt;
          return message_id === id && status === 'processed';
        });
      await eventually(() => ids.every(isFinal));
      receipts.unsubscribe();
    },
  );

  describe('sessions of one account', () => {
    rule(
      ['inbox.duplicate.replicas', 'inbox.duplicate.shared'],
      'given two sessions, when 20 keyed messages come three times each, then there are 20 handlings',
      async () => {
        const { client } = network();
        const sender = await rawAccount(client);
        const username = uniqueName('twins');
        const peers = [
          await network().peer({ username, inbox: unlimited }),
          await network().peer({ username, inbox: unlimited }),
        ];
        const inbox = subjects.accountInbox(peers[0]?.accountId ?? '');
        const keys = Array.from({ length: 20 }, () => uniqueName('key'));
        const bodies = keys.flatMap((idempotency_key) => {
          const body = aMessage({ from: sender.accountId, to: peers[0]?.accountId ?? '', idempotency_key });
          // Two identical copies, and a retry under an id of its own.
          return [body, body, { ...body, message_id: aMessage().message_id }];
        });
        for (const body of bodies) client.publish(inbox, body);
        await eventually(() => sender.receipts.received.filter(isFinalFrame).length === 60);
        const handled = peers.flatMap(({ handled: ofOne }) => ofOne.map(({ idempotency_key }) => idempotency_key));
        expect(handled.sort()).toEqual([...keys].sort());
        const codes = sender.receipts.received.map(({ json }) => (json as SentReceipt).code);
        expect(codes.filter((code) => code === 'duplicate')).toHaveLength(40);
      },
    );

    rule(
      ['inbox.duplicate.shared', 'inbox.outcome.reply'],
      'given a request one session answered, when the other gets the retry, then it answers from the shared memory; after a failure it runs',
      async () => {
        const { client } = network();
        const sender = await rawAccount(client);
        const username = uniqueName('twins');
        let fails = true;
        const options: PeerOptions = {
          username,
          inbox: unlimited,
          onMessage: async ({ payload }, { reply }) => {
            if (payload === 'flaky' && fails) throw new Error('first time');
            await reply({ echo: payload });
          },
        };
        const first = await network().peer(options);
        const inbox = subjects.accountInbox(first.accountId);
        const request = (payload: string) =>
          aMessage({
            from: sender.accountId,
            to: first.accountId,
            kind: 'request',
            payload,
            idempotency_key: uniqueName('key'),
          });
        const [good, flaky] = [request('good'), request('flaky')];
        expect((await client.request(inbox, good)).json).toMatchObject({ payload: { echo: 'good' } });
        expect((await client.request(inbox, flaky)).json).toMatchObject({ payload: { error: 'handler_error' } });
        await first.close();
        fails = false;
        const second = await network().peer(options);
        expect((await client.request(inbox, good)).json).toMatchObject({ kind: 'reply', payload: { echo: 'good' } });
        expect(second.handled).toHaveLength(0);
        expect((await client.request(inbox, flaky)).json).toMatchObject({ kind: 'reply', payload: { echo: 'flaky' } });
        const reused = { ...request('other'), idempotency_key: good.idempotency_key ?? '' };
        expect((await client.request(inbox, reused)).json).toMatchObject({
          payload: { error: 'idempotency_key_reused' },
        });
      },
    );

    rule(
      ['inbox.outcome.attach', 'inbox.duplicate.shared'],
      'given a request that runs in one session, when a copy reaches the other, then it gets the reply when it is done',
      async () => {
        const { client } = network();
        const sender = await rawAccount(client);
        const gate = aGate();
        const username = uniqueName('twins');
        const onMessage: PeerOptions['onMessage'] = async (_message, { reply }) => {
          await gate.handle();
          await reply('late');
        };
        const peers = [
          await network().peer({ username, inbox: unlimited, onMessage }),
          await network().peer({ username, inbox: unlimited, onMessage }),
        ];
        const inbox = subjects.accountInbox(peers[0]?.accountId ?? '');
        const body = aMessage({
          from: sender.accountId,
          to: peers[0]?.accountId ?? '',
          kind: 'request',
          idempotency_key: uniqueName('key'),
        });
        // NATS picks the session by chance: of ten copies both get some.
        const answers = Array.from({ length: 10 }, () => client.request(inbox, body));
        await eventually(() => sender.receipts.received.length === 10);
        gate.open();
        for (const { json } of await Promise.all(answers))
          expect(json).toMatchObject({ kind: 'reply', payload: 'late' });
        expect(peers.flatMap(({ handled }) => handled)).toHaveLength(1);
      },
    );

    rule(
      ['inbox.duplicate.takeover', 'inbox.duplicate.shared'],
      'given claims of a session that died, when one is over and its key comes again, then that message is handled',
      async () => {
        const { client, sender, peer, message, settle } = await aPair();
        // The bucket is made by the first message that needs it.
        await settle(message({ idempotency_key: uniqueName('key') }));
        const leaveClaim = async (key: string, body: Message, endsInMs: number): Promise<void> => {
          const name = createHash('sha256')
            .update(JSON.stringify([sender.accountId, 'key', key]))
            .digest('base64url');
          const entry: DedupeEntry = {
            message_id: freshMessageId(),
            session_tag: 'registry_DEAD',
            processed: false,
            payload_sha256: createHash('sha256').update(JSON.stringify(body.payload)).digest('hex'),
            accepted_at: nowTimestamp(Date.now()),
            until: nowTimestamp(Date.now() + endsInMs),
          };
          await client.request(`$KV.${buckets.dedupe}.${peer.accountId}.${name}`, entry);
        };
        const [over, open] = [uniqueName('key'), uniqueName('key')];
        const [first, second] = [message({ idempotency_key: over }), message({ idempotency_key: open })];
        await leaveClaim(over, first, -1);
        await leaveClaim(open, second, 60_000);
        expect(await settle(first)).toMatchObject({ status: 'processed' });
        expect(await settle(second)).toMatchObject({ code: 'duplicate' });
        expect(peer.handled).toHaveLength(2);
      },
    );
  });
});

function isFinalFrame({ json }: { json: unknown }): boolean {
  return (json as SentReceipt).status !== 'accepted';
}

describe('without a recorder', () => {
  rule(
    'request.absent',
    'given a network on which nothing records, when an absent account and capability are asked, then it fails without any time passing',
    async () => {
      await using nats = await startNats({ jetStream: false });
      const database = await pglite.create();
      const registry = await startRegistry({
        natsUrl: nats.url,
        database: database.env,
        env: { HISTORY_CAPTURE: 'tap' },
      });
      // No timer ever fires: only NATS's own word that nobody listens can end the request.
      await using asker = await startPeer(nats.url, { clock: { ...systemClock, after: () => () => undefined } });
      // The tap of a registry counts as a listener, too.
      await registry.stop();
      await database.drop();
      for (const ask of [() => asker.request('acct_nobody', 1), () => asker.requestCapability('nothing.here', 1)]) {
        await expect(ask()).rejects.toMatchObject({ code: 'recipient_offline' });
      }
    },
  );
});
