import { DatabaseError } from '../store/database-error.js';
import { type NewReceipt, recordReceipts } from '../store/receipts.js';
import type { Captured } from './captured.js';
import type { ReceiptCounters } from './counters.js';
import { type PersistDeps, persist } from './persist.js';
import { readReceipt } from './read-receipt.js';

export interface ReceiptWriterDeps extends PersistDeps {
  readonly counters: ReceiptCounters;
}

/** Puts receipts on record. An odd one is counted and forgotten: it is no message of anybody. */
export class ReceiptWriter {
  constructor(private readonly deps: ReceiptWriterDeps) {}

  read(batch: readonly Captured[]): NewReceipt[] {
    const receipts = batch.map(readReceipt).filter((receipt) => receipt !== undefined);
    this.deps.counters.odd += batch.length - receipts.length;
    return receipts;
  }

  async write(receipts: readonly NewReceipt[]): Promise<void> {
    if (receipts.length === 0) return;
    const refusal = await persist(this.deps, (database) => recordReceipts(database, receipts));
    if (!(refusal instanceof DatabaseError)) {
      this.deps.counters.written += receipts.length;
      return;
    }
    if (receipts.length === 1) {
      this.deps.counters.odd += 1;
      return;
    }
    const middle = receipts.length >> 1;
    await this.write(receipts.slice(0, middle));
    await this.write(receipts.slice(middle));
  }
}
