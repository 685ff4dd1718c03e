import { errorCodes, limits, type Message, type SentReceipt, subjects } from '@agentnet/protocol';
import { expect } from 'vitest';
import {
  aMessage,
  golden,
  onEachDatabase,
  type PeerOptions,
  rawAccount,
  rule,
  uniqueName,
  useNetwork,
  withPayloadText,
} from '../harness/index.js';
import { aClock, aGate, codeOf, finalReceipt, type GuardedPair, guardedPair } from './guarded-pair.js';

interface Row {
  readonly id?: string;
  readonly fields?: Pick<Message, 'sent_at' | 'ttl_ms' | 'expires_at'>;
  readonly schema_version?: string | number | null;
  readonly result: string;
}
const table = golden<{ now: string; ttl: Row[]; schema_version: Row[] }>('ttl-and-schema');

/** Wrong JSON types are refused instead of converted (rule message.read.types), and an overflow is answered instead of dropped. */
const decidedOtherwise: Readonly<Record<string, string>> = {
  'ttl-string': 'bad_message',
  'ttl-bool': 'bad_message',
  'ttl-huge': 'ok',
  'schema_version true': 'bad_message',
};

onEachDatabase('guardrails', (database) => {
  const network = useNetwork(database, { env: { AGENT_TTL_SECONDS: '60' } });

  const aPair = (options: PeerOptions = {}) => guardedPair(network(), options);

  /** Sends as a request; the verdict of the receipt, which the error reply must repeat. */
  async function verdict({ client, sender, peer }: GuardedPair, body: Message): Promise<SentReceipt> {
    const inbox = client.inbox();
    const replies = await client.subscribe(inbox);
    client.publish(subjects.accountInbox(peer.accountId), body, { reply: inbox });
    const receipt = await finalReceipt(sender, body);
    if (receipt.status === 'rejected') {
      expect((await replies.next()).json).toMatchObject({
        kind: 'error',
        payload: { error: receipt.code, detail: receipt.detail, request_message_id: body.message_id },
      });
    }
    replies.unsubscribe();
    return receipt;
  }

  rule(
    [
      'inbox.ttl.table',
      'inbox.ttl.missing',
      'inbox.ttl.expired',
      'receipt.refused',
      'request.refused',
      'inbox.ttl.overflow',
    ],
    'given the recorded ttl table, when each row arrives as a request, then receipt and error reply give its verdict',
    async () => {
      const pair = await aPair({ clock: aClock(Date.parse(table.now)) });
      for (const { id = '', fields = {}, result } of table.ttl) {
        const { sent_at, ttl_ms, expires_at, ...rest } = pair.message();
        const receipt = await verdict(pair, { ...rest, ...fields });
        const expected = decidedOtherwise[id] ?? result;
        expect({ id, code: codeOf(receipt) }).toEqual({ id, code: expected });
        if (expected === 'expired' || expected === 'missing_ttl')
          expect(receipt.detail).toBe('message ttl invalid or expired');
      }
    },
  );

  rule(
    ['inbox.schema-version', 'inbox.schema-version.unsupported', 'inbox.schema-version.invalid', 'message.read.types'],
    'given the recorded schema version table, when each row arrives, then receipt and error reply give its verdict',
    async () => {
      const pair = await aPair();
      for (const { schema_version = null, result } of table.schema_version) {
        const receipt = await verdict(pair, { ...pair.message(), schema_version });
        const expected = decidedOtherwise[`schema_version ${schema_version}`] ?? result;
        expect({ schema_version, code: codeOf(receipt) }).toEqual({ schema_version, code: expected });
      }
    },
  );

  rule(
    'inbox.duplicate',
    'given a handled message, when the same envelope comes again, then it is a duplicate with the first text and not handled',
    async () => {
      const { peer, message, settle } = await aPair();
      const body = message();
      expect(await settle(body)).toMatchObject({ status: 'processed' });
      expect(await settle(body)).toMatchObject({ code: 'duplicate', detail: errorCodes.duplicate.detail });
      expect(peer.handled).toHaveLength(1);
    },
  );

  rule(
    ['inbox.idempotency', 'inbox.idempotency.scope', 'inbox.duplicate.sender'],
    'given a key that was used, when it comes under another id, from another sender, and to another receiver, then only the first is a duplicate',
    async () => {
      const { client, peer, message, settle } = await aPair();
      const [other, stranger] = [await network().peer(), await rawAccount(client)];
      const idempotency_key = uniqueName('key');
      expect(await settle(message({ idempotency_key }))).toMatchObject({ status: 'processed' });
      const { idempotency_detail } = errorCodes.duplicate;
      expect(await settle(message({ idempotency_key }))).toMatchObject({
        code: 'duplicate',
        detail: idempotency_detail,
      });
      const fromOther = message({ idempotency_key, from: stranger.accountId });
      client.publish(subjects.accountInbox(peer.accountId), fromOther);
      expect(await finalReceipt(stranger, fromOther)).toMatchObject({ status: 'processed' });
      const toOther = aMessage({ from: stranger.accountId, to: other.accountId, idempotency_key });
      client.publish(subjects.accountInbox(other.accountId), toOther);
      expect(await finalReceipt(stranger, toOther)).toMatchObject({ status: 'processed' });
      expect([peer.handled.length, other.handled.length]).toEqual([2, 1]);
    },
  );

  rule(
    ['inbox.rate-limit', 'inbox.rate-limit.key', 'inbox.rate-limit.forged'],
    'given default limits, when 13 messages come at once under made-up tags, then 10 are accepted, and 5 more a second later',
    async () => {
      const clock = aClock();
      const { rateLimitPerSecond, rateLimitBurst } = limits;
      const { sender, message, publish } = await aPair({ clock, inbox: { rateLimitPerSecond, rateLimitBurst } });
      const burst = async (count: number): Promise<string[]> => {
        const bodies = Array.from({ length: count }, () => message({ from_session_tag: uniqueName('tag') }));
        for (const body of bodies) publish(body);
        const codes: string[] = [];
        for (const body of bodies) codes.push(codeOf(await finalReceipt(sender, body)));
        return codes;
      };
      expect(await burst(13)).toEqual([...Array(10).fill('ok'), ...Array(3).fill('rate_limited')]);
      clock.advance(1000);
      expect(await burst(8)).toEqual([...Array(5).fill('ok'), ...Array(3).fill('rate_limited')]);
    },
  );

  rule(
    ['inbox.busy', 'inbox.busy.retry', 'inbox.workers'],
    'given a busy worker and a full queue, when one more comes, then it is busy, and accepted once there is room',
    async () => {
      const gate = aGate();
      const { sender, peer, message, publish, settle } = await aPair({
        inbox: { maxConcurrency: 1, maxPending: 2 },
        onMessage: gate.handle,
      });
      const bodies = [message(), message(), message()];
      for (const body of bodies) publish(body);
      const late = message();
      expect(await settle(late)).toMatchObject({ code: 'busy', detail: errorCodes.busy.detail });
      gate.open();
      for (const body of bodies) expect(await finalReceipt(sender, body)).toMatchObject({ status: 'processed' });
      expect(await settle(late)).toMatchObject({ status: 'processed' });
      expect(peer.handled).toHaveLength(4);
    },
  );

  const failOnBad = ({ payload }: { payload: unknown }) => {
    if (payload === 'bad') throw new Error('bad');
  };

  rule(
    ['inbox.breaker.opens', 'inbox.breaker.success', 'inbox.breaker.probe', 'inbox.breaker.per-sender'],
    'given failures in a row, when more messages come, then the circuit is open to their sender until the reset',
    async () => {
      const clock = aClock();
      const { client, peer, message, settle } = await aPair({
        clock,
        inbox: { breakerFailures: 3, breakerResetMs: 2000 },
        onMessage: failOnBad,
      });
      const codes = async (...payloads: string[]): Promise<string[]> => {
        const found: string[] = [];
        for (const payload of payloads)
          found.push(codeOf(await settle(message({ payload, sentInMs: clock.now() - Date.now() }))));
        return found;
      };
      expect(await codes('bad', 'bad', 'good', 'bad', 'bad', 'good')).toEqual([
        ...['handler_error', 'handler_error', 'ok'],
        ...['handler_error', 'handler_error', 'ok'],
      ]);
      expect(await codes('bad', 'bad', 'bad', 'good')).toEqual([
        ...['handler_error', 'handler_error', 'handler_error'],
        'service_degraded',
      ]);
      const stranger = await rawAccount(client);
      const foreign = aMessage({ from: stranger.accountId, to: peer.accountId });
      client.publish(subjects.accountInbox(peer.accountId), foreign);
      expect(await finalReceipt(stranger, foreign)).toMatchObject({ status: 'processed' });
      clock.advance(2000);
      expect(await codes('bad', 'good')).toEqual(['handler_error', 'service_degraded']);
      clock.advance(2000);
      expect(await codes('good', 'bad', 'good')).toEqual(['ok', 'handler_error', 'ok']);
    },
  );

  rule(
    ['inbox.gates.order', 'inbox.gates.schema-before-ttl', 'inbox.gates.ttl-before-duplicate'],
    'given messages with two faults, when they arrive, then the first gate refuses them',
    async () => {
      const clock = aClock();
      const { message, settle } = await aPair({ clock });
      expect(await settle(message({ schema_version: '9', sentInMs: -60_000 }))).toMatchObject({
        code: 'unsupported_schema_version',
      });
      const body = message();
      expect(await settle(body)).toMatchObject({ status: 'processed' });
      clock.advance(60_000);
      expect(await settle(body)).toMatchObject({ code: 'expired' });
    },
  );

  rule(
    'message.size.boundary',
    'given bodies of exactly the limit and one byte more, when they arrive, then only the first is handled',
    async () => {
      const { sender, peer, message, publish } = await aPair();
      const sized = (bytes: number) => {
        const { payload: _payload, ...body } = message();
        const rest = Buffer.byteLength(withPayloadText(body, '""'));
        return { body, text: withPayloadText(body, `"${'x'.repeat(bytes - rest)}"`) };
      };
      const [fits, exceeds] = [sized(limits.messageMaxBytes), sized(limits.messageMaxBytes + 1)];
      for (const { text } of [fits, exceeds]) publish(text);
      expect(await finalReceipt(sender, fits.body)).toMatchObject({ status: 'processed' });
      expect(await finalReceipt(sender, exceeds.body)).toMatchObject({ code: 'payload_too_large' });
      expect(peer.handled).toHaveLength(1);
    },
  );

  rule(
    'inbox.ttl.dequeue',
    'given a short-lived message behind a slow handler, when its turn comes too late, then it is expired and not handled',
    async () => {
      const [clock, gate] = [aClock(), aGate()];
      const { sender, peer, message, publish } = await aPair({
        clock,
        inbox: { maxConcurrency: 1 },
        onMessage: gate.handle,
      });
      const [slow, short] = [message(), message({ ttl_ms: 100 })];
      for (const body of [slow, short]) publish(body);
      const isAccepted = ({ json }: { json: unknown }) => (json as SentReceipt).message_id === short.message_id;
      expect((await sender.receipts.next({ where: isAccepted })).json).toMatchObject({ status: 'accepted' });
      clock.advance(60_000);
      gate.open();
      expect(await finalReceipt(sender, short)).toMatchObject({ status: 'rejected', code: 'expired' });
      expect(peer.handled).toHaveLength(1);
    },
  );

  rule(
    ['inbox.duplicate.before-rate', 'inbox.gates.order'],
    'given a delivered message, when it comes 14 times more, then it is only ever a duplicate and costs no rate',
    async () => {
      const { rateLimitPerSecond, rateLimitBurst } = limits;
      const { sender, message, publish, settle } = await aPair({
        clock: aClock(),
        inbox: { rateLimitPerSecond, rateLimitBurst },
      });
      const body = message();
      await settle(body);
      for (let copy = 0; copy < 14; copy += 1) publish(body);
      for (let copy = 0; copy < 14; copy += 1) expect(codeOf(await finalReceipt(sender, body))).toBe('duplicate');
      for (let fresh = 1; fresh < rateLimitBurst; fresh += 1) expect(codeOf(await settle(message()))).toBe('ok');
      expect(codeOf(await settle(message()))).toBe('rate_limited');
    },
  );

  rule(
    ['inbox.ttl.overflow', 'limits.numbers'],
    'given instants beyond the calendar, when such messages arrive, then each gets a receipt',
    async () => {
      const { message, settle } = await aPair();
      const { expires_at: _stated, ...open } = message();
      expect(await settle({ ...open, ttl_ms: 10 ** 18 })).toMatchObject({ status: 'processed' });
      const last = { ...message(), sent_at: '9999-12-31T23:59:59Z', ttl_ms: 30_000, expires_at: null };
      expect(await settle(last)).toMatchObject({ status: 'processed' });
      const first = { ...message(), sent_at: '0001-01-01T00:00:00Z', ttl_ms: -(10 ** 18), expires_at: null };
      expect(await settle(first)).toMatchObject({ code: 'expired' });
    },
  );

  rule(
    'inbox.workers.survive',
    'given handlers that cancel themselves, as often as there are workers, when another message comes, then it is handled',
    async () => {
      let calls = 0;
      const { message, settle } = await aPair({
        inbox: { breakerFailures: 100 },
        onMessage: () => {
          calls += 1;
          if (calls <= limits.maxConcurrency) AbortSignal.abort().throwIfAborted();
        },
      });
      for (let worker = 0; worker < limits.maxConcurrency; worker += 1)
        expect(await settle(message())).toMatchObject({ code: 'handler_error' });
      expect(await settle(message())).toMatchObject({ status: 'processed' });
    },
  );
});
