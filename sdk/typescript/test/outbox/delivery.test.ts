import { errorCodes, type Receipt, type SentMessage } from '@agentnet/protocol';
import { describe, expect, it } from 'vitest';
import type { AgentNode, Delivery, SendOptions } from '../../src/index.js';
import { useNetwork } from '../harness/network.js';

const network = useNetwork();

interface Sending {
  readonly node: AgentNode;
  readonly message: SentMessage;
  /** What the send came to: the delivery, or the error. */
  readonly outcome: Promise<Delivery | Error>;
  /** Publishes receipts in order; when it returns, the sender has seen them. */
  receive(...receipts: readonly Partial<Receipt>[]): Promise<void>;
}

/** A message on its way, sent to be processed. */
async function sending(options: Partial<SendOptions> & { to?: string } = {}): Promise<Sending> {
  const node = network.node({ agentId: 'sender', accountId: 'acct_sender' });
  await node.start();
  const inbox = await network.peer.inbox();
  const outcome = node
    .send({ to: 'acct_raw', payload: 1, until: 'processed', ...options })
    .catch((error: unknown) => error as Error);
  const { body: message } = await inbox.next();
  return {
    node,
    message,
    outcome,
    async receive(...receipts) {
      for (const receipt of receipts) network.peer.receipt(message, receipt);
      await network.peer.flush();
      // The answer follows the receipts on the sender's connection.
      await node.registry.list();
    },
  };
}

const from = { from_account_id: 'acct_raw' };
const accepted: Partial<Receipt> = { ...from, status: 'accepted', from_session_tag: 's1' };
const processed: Partial<Receipt> = { ...from, status: 'processed', from_session_tag: 's1' };
const rejected = (code: string, fields: Partial<Receipt> = {}): Partial<Receipt> => ({
  ...from,
  status: 'rejected',
  from_session_tag: 's1',
  code,
  detail: `about ${code}`,
  ...fields,
});
const duplicateId = rejected('duplicate', { detail: errorCodes.duplicate.detail ?? '' });
const duplicateKey = rejected('duplicate', { detail: errorCodes.duplicate.idempotency_detail ?? '' });

describe('a send that waits until its message is processed', () => {
  for (const [order, receipts] of [
    ['accepted, then processed', [accepted, processed]],
    ['processed alone', [processed]],
    ['processed before accepted', [processed, accepted]],
    ['both twice', [accepted, accepted, processed, processed]],
    ['processed, then a late rejection', [accepted, processed, rejected('timeout')]],
    ['processed in capitals', [accepted, { ...processed, status: ' PROCESSED ' }]],
    ['an unknown status in between', [accepted, { ...from, status: 'teleported' }, processed]],
    ['receipts without account and session', [{ status: 'accepted' }, { status: 'processed' }]],
  ] as const) {
    it(`given ${order}, when the receipts arrive, then it succeeds with the final receipt`, async () => {
      const { outcome, receive, message } = await sending();
      await receive(...receipts);
      expect(await outcome).toMatchObject({
        messageId: message.message_id,
        attempts: 1,
        receipt: { status: 'processed' },
      });
    });
  }

  for (const code of ['handler_error', 'timeout', 'service_degraded', 'expired', 'shutting_down'] as const) {
    it(`given accepted work that ends as ${code}, when the receipt arrives, then it fails with that code`, async () => {
      const { outcome, receive } = await sending();
      await receive(accepted, rejected(code));
      expect(await outcome).toMatchObject({
        name: 'RemoteError',
        code: 'delivery_rejected',
        remoteCode: code,
        remoteDetail: `about ${code}`,
        retryable: errorCodes[code].retryable,
      });
    });
  }

  it('given a code this version does not know, when accepted work ends so, then it fails with the code as it stood', async () => {
    const { outcome, receive } = await sending();
    await receive(accepted, rejected('Melted'));
    expect(await outcome).toMatchObject({ code: 'delivery_rejected', remoteCode: 'Melted' });
  });

  it('given an accepted message, when no final receipt comes in time, then it fails with processed_timeout after one publish', async () => {
    const { outcome, receive, message, node } = await sending({ processedTimeoutMs: 40_000 });
    await receive(accepted);
    network.clock.advance(40_000);
    expect(await outcome).toMatchObject({
      name: 'TransportError',
      code: 'processed_timeout',
      retryable: false,
      detail: expect.stringContaining(message.message_id),
    });
    expect(node.metricsSnapshot()).toMatchObject({ retry_count: 0 });
  });

  it('given an accepted message, when the caller aborts, then it fails as cancelled', async () => {
    const caller = new AbortController();
    const { outcome, receive } = await sending({ signal: caller.signal });
    await receive(accepted);
    caller.abort();
    expect(await outcome).toMatchObject({ code: 'cancelled' });
  });

  it('given an accepted message, when the agent closes, then it fails as connection_closed', async () => {
    const { outcome, receive, node } = await sending();
    await receive(accepted);
    await node.close();
    expect(await outcome).toMatchObject({ code: 'connection_closed' });
  });
});

describe('receipts that prove nothing', () => {
  const forged = { from_account_id: 'acct_mallory' };
  for (const [what, forgery] of [
    ['success', { ...processed, ...forged }],
    ['acceptance', { ...accepted, ...forged }],
    ['refusal', rejected('busy', forged)],
  ] as const) {
    it(`given a forged ${what} from another account, when the addressee's receipts follow, then those decide`, async () => {
      const { outcome, receive } = await sending();
      await receive(forgery, accepted, forgery, rejected('handler_error'));
      expect(await outcome).toMatchObject({ code: 'delivery_rejected', remoteCode: 'handler_error' });
    });
  }

  it('given a forged acceptance alone, when a plain send waits, then it is not taken for success', async () => {
    const { outcome, receive } = await sending({ until: 'accepted', retryAttempts: 0 });
    await receive({ ...accepted, ...forged });
    network.clock.advance(1_500);
    expect(await outcome).toMatchObject({ code: 'delivery_ack_timeout' });
  });

  it('given a capability, when the worker that took it answers, then its account counts', async () => {
    const node = network.node({ agentId: 'sender', accountId: 'acct_sender' });
    await node.start();
    const tap = await network.peer.tap<SentMessage>('agent.capability.calc');
    const outcome = node.sendToCapability({ capability: 'calc', payload: 1, until: 'processed' });
    const { body } = await tap.next();
    for (const receipt of [accepted, rejected('busy', { from_account_id: 'acct_other' }), processed])
      network.peer.receipt(body, receipt);
    expect(await outcome).toMatchObject({ receipt: { status: 'processed', from_account_id: 'acct_raw' } });
  });

  it('given a session that accepted, when another session of the account rejects a copy, then the work is not over', async () => {
    const { outcome, receive } = await sending();
    await receive(accepted, rejected('busy', { from_session_tag: 's2' }), processed);
    expect(await outcome).toMatchObject({ receipt: { status: 'processed' } });
  });

  it('given two sessions that accepted a copy each, when one fails and the other succeeds, then it is a success', async () => {
    const { outcome, receive } = await sending();
    const second = { ...processed, from_session_tag: 's2' };
    await receive(accepted, { ...accepted, from_session_tag: 's2' }, rejected('timeout'), second);
    expect(await outcome).toMatchObject({ receipt: { status: 'processed', from_session_tag: 's2' } });
  });
});

describe('duplicates', () => {
  it('given a plain send, when the receiver knows the id, then it succeeds and shows the duplicate', async () => {
    const { outcome, receive } = await sending({ until: 'accepted' });
    await receive(duplicateId);
    expect(await outcome).toMatchObject({ receipt: { status: 'rejected', code: 'duplicate' } });
  });

  it('given a known id, when the earlier copy is processed, then the send succeeds with that receipt', async () => {
    const { outcome, receive } = await sending();
    await receive(duplicateId, processed);
    expect(await outcome).toMatchObject({ receipt: { status: 'processed' } });
  });

  it('given a known id, when the earlier copy fails, then the send fails with its code', async () => {
    const { outcome, receive } = await sending();
    await receive(duplicateId, rejected('handler_error'));
    expect(await outcome).toMatchObject({ code: 'delivery_rejected', remoteCode: 'handler_error' });
  });

  it('given a known id, when nothing more comes, then the send does not claim success', async () => {
    const { outcome, receive } = await sending({ processedTimeoutMs: 10_000 });
    await receive(duplicateId);
    network.clock.advance(10_000);
    expect(await outcome).toMatchObject({ code: 'processed_timeout' });
  });

  it('given a key another message used, when the receiver says so, then the outcome is unknown at once', async () => {
    const { outcome, receive } = await sending({ idempotencyKey: 'order_1' });
    await receive(duplicateKey);
    expect(await outcome).toMatchObject({ name: 'RemoteError', code: 'outcome_unknown', remoteCode: 'duplicate' });
  });
});

describe('options', () => {
  for (const options of [
    { until: 'read' as never },
    { until: 'processed', requireDeliveryAck: false },
    { until: 'processed', processedTimeoutMs: 0 },
  ] as const) {
    it(`given ${JSON.stringify(options)}, when it is sent, then it is refused before anything is published`, async () => {
      const node = network.node();
      await node.start();
      await expect(node.send({ to: 'acct_raw', payload: 1, ...options })).rejects.toMatchObject({
        code: 'invalid_option',
      });
    });
  }

  it('given a node that waits for no receipts, when one send asks for processed, then it waits', async () => {
    const node = network.node({ retry: { requireDeliveryAck: false } });
    await node.start();
    const inbox = await network.peer.inbox();
    const outcome = node.send({ to: 'acct_raw', payload: 1, until: 'processed' });
    network.peer.receipt((await inbox.next()).body, processed);
    expect(await outcome).toMatchObject({ receipt: { status: 'processed' } });
  });
});
