import { statusesInReply } from '../kit/judge/receipt-order.js';
import type { WireNote } from './evidence.js';

/** Receipts of each session about each message, in the order of the wire, and those that its reply stands for. */
export function receiptsBySession(wire: readonly WireNote[]): ReadonlyMap<string, readonly WireNote[]> {
  const stories = new Map<string, readonly WireNote[]>();
  for (const note of wire) {
    const { kind, isReceipt, messageId, answers = '', sessionTag = '' } = note;
    if (kind !== 'receipt' && !isReceipt) continue;
    const name = `${kind === 'receipt' ? messageId : answers} ${sessionTag}`;
    const before = stories.get(name) ?? [];
    stories.set(name, [...before, ...(kind === 'receipt' ? [note] : receiptsIn(note, before))]);
  }
  return stories;
}

function receiptsIn(reply: WireNote, before: readonly WireNote[]): WireNote[] {
  const { answers: messageId = '', ...facts } = reply;
  return statusesInReply(before).map((status) => ({ ...facts, kind: 'receipt', messageId, status }));
}
