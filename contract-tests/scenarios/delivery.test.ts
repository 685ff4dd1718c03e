import { errorCodes, type Receipt } from '@agentnet/protocol';
import { expect } from 'vitest';
import { onEachDatabase, rawAccount, rule, useNetwork } from '../harness/index.js';

onEachDatabase('sending until handled', (database) => {
  const network = useNetwork(database, { env: { AGENT_TTL_SECONDS: '60' } });

  /** Sends to a receiver that the test plays; the receipts come in the order given. */
  async function sendAnswered(receipts: readonly Partial<Receipt>[], idempotencyKey?: string): Promise<unknown> {
    const [sender, receiver] = [await network().peer(), await rawAccount(network().client)];
    const outcome = sender.node
      .send({
        to: receiver.accountId,
        payload: 1,
        until: 'processed',
        ...(idempotencyKey === undefined ? {} : { idempotencyKey }),
      })
      .catch((error: unknown) => error);
    const { json } = await receiver.inbox.next();
    for (const receipt of receipts) receiver.acknowledge(json, receipt);
    return outcome;
  }

  rule(
    'send.processed',
    'given a peer that handles and one that fails, when both are sent to until processed, then only the first is a success',
    async () => {
      const sender = await network().peer();
      const good = await network().peer();
      const bad = await network().peer({ onMessage: () => Promise.reject(new Error('broken')) });
      const delivery = await sender.node.send({ to: good.accountId, payload: 1, until: 'processed' });
      expect(delivery.receipt).toMatchObject({ status: 'processed', from_account_id: good.accountId });
      expect(good.handled.map(({ message_id }) => message_id)).toEqual([delivery.messageId]);
      const failure = sender.node.send({ to: bad.accountId, payload: 1, until: 'processed' });
      await expect(failure).rejects.toMatchObject({ code: 'delivery_rejected', remoteCode: 'handler_error' });
    },
  );

  rule(
    'send.processed',
    'given a receiver that accepts and falls silent, when the wait is over, then the send fails and claims nothing',
    async () => {
      const [sender, receiver] = [await network().peer(), await rawAccount(network().client)];
      const options = { to: receiver.accountId, payload: 1, until: 'processed', processedTimeoutMs: 50 } as const;
      const outcome = sender.node.send(options).catch((error: unknown) => error);
      receiver.acknowledge((await receiver.inbox.next()).json);
      expect(await outcome).toMatchObject({ code: 'processed_timeout' });
    },
  );

  rule(
    'send.processed.order',
    'given receipts out of order, when processed comes first, then what follows changes nothing',
    async () => {
      const late = { status: 'rejected', code: 'timeout' };
      expect(await sendAnswered([{ status: 'processed' }, { status: 'accepted' }, late])).toMatchObject({
        receipt: { status: 'processed' },
      });
    },
  );

  rule(
    'send.processed.order',
    'given a session that accepted, when another session rejects a copy, then the first one still decides',
    async () => {
      const other = { status: 'rejected', code: 'busy', from_session_tag: 'other' };
      const own = { from_session_tag: 'own' };
      expect(await sendAnswered([own, other, { ...own, status: 'processed' }])).toMatchObject({
        receipt: { status: 'processed' },
      });
    },
  );

  rule(
    'send.processed.duplicate',
    'given a duplicate, when it concerns the id the earlier copy decides, when it concerns the key the outcome is unknown',
    async () => {
      const { detail = '', idempotency_detail = '' } = errorCodes.duplicate;
      const duplicate = { status: 'rejected', code: 'duplicate' };
      expect(await sendAnswered([{ ...duplicate, detail }, { status: 'processed' }])).toMatchObject({
        receipt: { status: 'processed' },
      });
      expect(await sendAnswered([{ ...duplicate, detail: idempotency_detail }], 'order_1')).toMatchObject({
        code: 'outcome_unknown',
        remoteCode: 'duplicate',
      });
    },
  );

  rule(
    'send.receipt.addressee',
    'given forged receipts from another account, when the addressee rejects the message, then that decides',
    async () => {
      const forged = { from_account_id: 'acct_mallory' };
      const receipts = [forged, { ...forged, status: 'processed' }, { status: 'rejected', code: 'busy' }];
      expect(await sendAnswered(receipts)).toMatchObject({ code: 'delivery_rejected', remoteCode: 'busy' });
    },
  );
});
