import { type ReceiptStatus, subjects } from '@agentnet/protocol';
import { describe, expect, it } from 'vitest';
import type { Link } from '../../src/connection/link.js';
import { TransportError } from '../../src/errors.js';
import type { Signer } from '../../src/identity/signer.js';
import { ReceiptOutbox } from '../../src/inbox/receipt-outbox.js';

/** An outbox over a link that notes in which way each receipt leaves. */
function anOutbox({ signs = true, knowsDetached = true } = {}) {
  const left: string[] = [];
  const errors: string[] = [];
  const later: (() => void)[] = [];
  const dropping: (() => void)[] = [];
  const state = { isUp: true };
  const note = (how: string, [, body]: readonly [string, Uint8Array, ...unknown[]]): void => {
    if (!state.isUp) throw new TransportError('connection_closed', 'gone');
    left.push(`${how} ${new TextDecoder().decode(body)}`);
  };
  const link = {
    transport: { publish: (...published: [string, Uint8Array]) => note('at once', published) },
    ride(published: [string, Uint8Array], onDropped: () => void) {
      note('rides', published);
      dropping.push(onDropped);
    },
    afterwards: (work: () => void) => void later.push(work),
  } as unknown as Link;
  const signer = { knowsDetached: () => knowsDetached, seal: () => ({}) } as unknown as Signer;
  const outbox = new ReceiptOutbox({
    link,
    sender: { agentId: 'a', accountId: 'acct_a', sessionTag: 's', ...(signs && { signer }) },
    onError: ({ code }) => void errors.push(code),
  });
  const send = (status: ReceiptStatus, messageId: string, isAnswered = false) =>
    outbox.send({
      status,
      messageId,
      accountId: 'acct_b',
      place: { subject: subjects.accountReceipts('acct_b'), body: new TextEncoder().encode(`${status} ${messageId}`) },
      isAnswered,
    });
  return {
    outbox,
    send,
    left,
    errors,
    state,
    rest: () => {
      for (const work of later.splice(0)) work();
    },
    drop: () => {
      for (const onDropped of dropping.splice(0)) onDropped();
    },
  };
}

describe('receipts that are signed', () => {
  it('given a request that was replied to at once, when its receipts leave, then both ride, in their order', () => {
    const { send, left, rest } = anOutbox();
    send('accepted', '1');
    send('processed', '1', true);
    expect(left).toEqual([]);
    rest();
    expect(left).toEqual(['rides accepted 1', 'rides processed 1']);
  });

  it('given a handler that still runs, or one that has not replied, when the receipts leave, then at once: somebody may wait for them', () => {
    const { send, left, rest } = anOutbox();
    send('accepted', '1');
    send('accepted', '2');
    send('processed', '2');
    rest();
    send('processed', '1', true);
    rest();
    expect(left).toEqual(['at once accepted 1', 'at once accepted 2', 'at once processed 2', 'rides processed 1']);
  });

  it('given a sender of the first scheme, when its receipts leave, then `accepted` is in front of the reply as ever', () => {
    const { send, left } = anOutbox({ knowsDetached: false });
    send('accepted', '1');
    expect(left).toEqual(['at once accepted 1']);
  });

  it('given a connection that is lost while receipts ride, when it is back, then the final one is sent [receipt.final.reconnect]', () => {
    const { outbox, send, left, rest, drop } = anOutbox();
    send('accepted', '1');
    send('processed', '1', true);
    rest();
    drop();
    outbox.settle();
    expect(left.slice(2)).toEqual(['at once processed 1']);
    outbox.settle();
    expect(left).toHaveLength(3);
  });

  it('given a connection that is down, when receipts are due, then no error is told and the final one waits [receipt.final.reconnect]', () => {
    const { outbox, send, left, errors, state, rest } = anOutbox();
    state.isUp = false;
    send('processed', '1', true);
    send('rejected', '2');
    rest();
    expect([left, errors]).toEqual([[], []]);
    state.isUp = true;
    outbox.settle();
    expect(left).toEqual(['at once processed 1', 'at once rejected 2']);
  });
});

it('given an agent that does not sign, when receipts are due, then they leave where they stand', () => {
  const { send, left } = anOutbox({ signs: false });
  send('accepted', '1');
  send('processed', '1', true);
  expect(left).toEqual(['at once accepted 1', 'at once processed 1']);
});
