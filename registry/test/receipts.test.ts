import { subjects } from '@agentnet/protocol';
import { expect, test } from 'vitest';
import { readReceipt } from '../src/history/read-receipt.js';
import { threadMessages } from '../src/operations/thread-messages.js';
import { type NewReceipt, pruneReceipts, recordReceipts } from '../src/store/receipts.js';
import { describeOnEachDatabase } from './harness/databases.js';
import { eventually } from './harness/eventually.js';
import { publish, startOn, useNats } from './harness/histories.js';
import { anEnvelope, receivedAt, useStore } from './harness/records.js';

const at = (second: number) => `2026-02-21T08:00:0${second}Z`;

function aReceipt(fields: Partial<NewReceipt> = {}): NewReceipt {
  return {
    message_id: 'm',
    to_account_id: 'acct_alice',
    from_account_id: 'acct_bob',
    status: 'accepted',
    code: null,
    received_at: at(1),
    ...fields,
  };
}

/** Every order of a short list. */
function orders<T>(list: readonly T[]): T[][] {
  if (list.length < 2) return [[...list]];
  return list.flatMap((first, index) => orders(list.toSpliced(index, 1)).map((rest) => [first, ...rest]));
}

describeOnEachDatabase('receipts', (kind) => {
  const store = useStore(kind);
  const setting = useNats();
  let threads = 0;

  async function deliveryOf(thread_id: string) {
    const { messages } = await threadMessages(store.deps, { thread_id });
    const [{ status, code, accepted_at, processed_at, rejected_at } = { status: 'missing' }] = messages;
    return JSON.parse(JSON.stringify({ status, code, accepted_at, processed_at, rejected_at }));
  }

  /** Records a message and its receipts in one order, each in its own statement and twice, and reads what came of it. */
  async function outcomeOf(steps: readonly (NewReceipt | 'message')[], envelope: object = {}) {
    threads += 1;
    const message_id = `m${threads}`;
    const thread_id = `t${threads}`;
    for (const step of [...steps, ...steps]) {
      if (step === 'message') await store.record(anEnvelope({ thread_id, message_id, ...envelope }));
      else await recordReceipts(store.database, [{ ...step, message_id }]);
    }
    return deliveryOf(thread_id);
  }

  test('given a message and its receipts in every order, each twice, then the row is the same [history.receipts.order] [history.receipts.status]', async () => {
    const steps = ['message', aReceipt(), aReceipt({ status: 'processed', received_at: at(2) })] as const;
    for (const order of orders(steps))
      expect(await outcomeOf(order)).toEqual({ status: 'processed', accepted_at: at(1), processed_at: at(2) });
  });

  test('given several rejections around an acceptance in every order, then the first that is no duplicate counts [history.receipts.duplicate]', async () => {
    const steps = [
      aReceipt({ received_at: at(1) }),
      aReceipt({ status: 'rejected', code: 'duplicate', received_at: at(2) }),
      aReceipt({ status: 'rejected', code: 'handler_error', received_at: at(3) }),
      'message',
    ] as const;
    const expected = { status: 'rejected', code: 'handler_error', accepted_at: at(1), rejected_at: at(3) };
    for (const order of orders(steps)) expect(await outcomeOf(order)).toEqual(expected);
  });

  test('given all receipts in one statement, then they are merged as if they came alone', async () => {
    await store.record(anEnvelope({ thread_id: 'batch', message_id: 'batch' }));
    const receipts = [
      aReceipt({ status: 'rejected', code: 'timeout', received_at: at(4) }),
      aReceipt({ status: 'rejected', code: 'duplicate', received_at: at(2) }),
      aReceipt({ received_at: at(3) }),
      aReceipt({ received_at: at(1) }),
    ];
    await recordReceipts(
      store.database,
      receipts.map((receipt) => ({ ...receipt, message_id: 'batch' })),
    );
    expect(await deliveryOf('batch')).toEqual({
      status: 'rejected',
      code: 'timeout',
      accepted_at: at(1),
      rejected_at: at(4),
    });
  });

  test('given a duplicate refused after an acceptance, then the message stays accepted; alone, it is rejected [history.receipts.duplicate]', async () => {
    const refused = aReceipt({ status: 'rejected', code: 'duplicate', received_at: at(2) });
    expect(await outcomeOf(['message', refused, aReceipt()])).toEqual({ status: 'accepted', accepted_at: at(1) });
    expect(await outcomeOf([refused, 'message'])).toEqual({
      status: 'rejected',
      code: 'duplicate',
      rejected_at: at(2),
    });
  });

  test('given receipts of somebody else or to somebody else, then the status does not change [history.receipts.recipient]', async () => {
    const forged = [
      aReceipt({ from_account_id: 'acct_mallory', status: 'processed' }),
      aReceipt({ to_account_id: 'acct_mallory', status: 'rejected', code: 'busy' }),
    ];
    expect(await outcomeOf([...forged, 'message'])).toEqual({ status: 'received' });
    expect(await outcomeOf([...forged, 'message', aReceipt()])).toEqual({ status: 'accepted', accepted_at: at(1) });
    // The envelope may claim another addressee than the inbox it went to.
    const claimed = { to_account_id: 'acct_mallory' };
    expect(await outcomeOf([...forged, 'message'], claimed)).toEqual({ status: 'received' });
  });

  test('given agents and odd bodies on the receipts subject, when recorded, then the odd ones are counted and change nothing [history.receipts.odd]', async () => {
    const history = await startOn(setting, store);
    const inbox = subjects.accountInbox('acct_bob');
    const receipts = subjects.accountReceipts('acct_alice');
    const receipt = { message_id: 'live', from_account_id: 'acct_bob', status: ' Processed ', event_at: 'never' };
    for (const odd of [
      '{bad',
      { status: 'processed' },
      { ...receipt, status: 'burnt' },
      { ...receipt, from_account_id: '' },
    ])
      publish(setting, receipts, odd);
    publish(setting, receipts, receipt);
    publish(setting, subjects.accountReceipts('acct_eve'), { ...receipt, status: 'rejected' });
    publish(setting, inbox, anEnvelope({ thread_id: 'live', message_id: 'live' }));
    await eventually(async () => (await deliveryOf('live')).status, 'processed');
    await eventually(() => history.state().receipts.written, 2);
    expect(history.state().receipts).toMatchObject({ odd: 4, dropped: 0, lastError: '' });
  });

  test('given a message to a capability, then the account whose receipt came first counts [history.receipts.recipient]', async () => {
    const history = await startOn(setting, store);
    publish(
      setting,
      subjects.capability('cook'),
      anEnvelope({ thread_id: 'cap', message_id: 'cap', to_account_id: null }),
    );
    const receipts = subjects.accountReceipts('acct_alice');
    publish(setting, receipts, { message_id: 'cap', from_account_id: 'acct_cook', status: 'accepted' });
    publish(setting, receipts, { message_id: 'cap', from_account_id: 'acct_late', status: 'rejected', code: 'busy' });
    publish(setting, subjects.replyInbox('s', 't'), anEnvelope({ thread_id: 'reply', message_id: 'reply' }));
    publish(setting, receipts, { message_id: 'reply', from_account_id: 'acct_bob', status: 'accepted' });
    await eventually(() => history.state().receipts.written, 3);
    await eventually(async () => (await deliveryOf('cap')).status, 'accepted');
    await eventually(async () => (await deliveryOf('reply')).status, 'received');
  });

  test('given old receipts with and without a message, when pruned, then only those without one go', async () => {
    await store.record(anEnvelope({ thread_id: 'kept', message_id: 'kept' }));
    const old = { received_at: '2020-01-01T00:00:00Z' };
    await recordReceipts(store.database, [
      aReceipt({ message_id: 'kept', ...old }),
      aReceipt({ message_id: 'gone', ...old }),
    ]);
    expect(await pruneReceipts(store.database, Date.parse('2021-01-01T00:00:00Z'))).toBe(1);
    expect(await deliveryOf('kept')).toMatchObject({ status: 'accepted' });
  });
});

test('given a code that no code looks like, when a receipt is read, then the rejection counts without it', () => {
  const body = Buffer.from(
    JSON.stringify({ message_id: 'm', from_account_id: 'a', status: 'rejected', code: '\u0000' }),
  );
  const captured = { captureId: '1', subject: subjects.accountReceipts('b'), body, receivedAt, done: () => {} };
  expect(readReceipt(captured)).toMatchObject({ status: 'rejected', code: null, to_account_id: 'b' });
});
