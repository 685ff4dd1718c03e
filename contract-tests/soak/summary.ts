import type { Evidence } from './evidence.js';

/** What a run amounted to, in numbers. */
export interface SoakSummary {
  readonly orders: number;
  /** Attempts by how they ended: `success` or the code of the failure. */
  readonly endings: Readonly<Record<string, number>>;
  readonly handled: number;
  /** Frames on the wire by kind; receipts with their status, replies with what they say in the place of receipts. */
  readonly frames: Readonly<Record<string, number>>;
  /** Frames that were copies of an earlier one. */
  readonly copies: number;
  readonly breakages: Readonly<Record<string, number>>;
  readonly reconnects: number;
  readonly recorded: number;
}

export function summarise({ orders, endings, deposits, wire, breakages, life, history }: Evidence): SoakSummary {
  const messages = wire.filter(({ kind }) => kind === 'message').map(({ messageId }) => messageId);
  return {
    orders: orders.length,
    endings: countBy(
      endings.map(({ isSuccess, code, remoteCode }) =>
        isSuccess ? 'success' : [code, remoteCode].filter(Boolean).join(' '),
      ),
    ),
    handled: deposits.filter(({ phase }) => phase === 'done').length,
    frames: countBy(
      wire.map(({ kind, status, code, isReceipt }) =>
        [kind, status, code, isReceipt && 'as processed'].filter(Boolean).join(' '),
      ),
    ),
    copies: messages.length - new Set(messages).size,
    breakages: countBy(breakages.map(({ what }) => what)),
    reconnects: life.filter(({ name }) => name === 'reconnected').length,
    recorded: history.size,
  };
}

function countBy(values: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const value of values.toSorted()) counts[value] = (counts[value] ?? 0) + 1;
  return counts;
}
