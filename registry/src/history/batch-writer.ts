import type { RegistryDeps } from '../deps.js';
import { DatabaseError } from '../store/database-error.js';
import { type DeadLetter, keepDeadLetters } from '../store/dead-letters.js';
import { type MessageRows, messageRows, type NewMessage, recordRows } from '../store/messages.js';
import type { NewReceipt } from '../store/receipts.js';
import type { Captured } from './captured.js';
import type { HistoryCounters } from './counters.js';
import { type PersistDeps, persist } from './persist.js';
import { readCaptured } from './read-captured.js';
import type { ReceiptWriter } from './receipt-writer.js';

export interface WriterDeps extends PersistDeps, Pick<RegistryDeps, 'config'> {
  readonly counters: HistoryCounters;
  /** Records what replies say in the place of receipts. */
  readonly receipts: ReceiptWriter;
}

interface Entry {
  readonly captured: Captured;
  readonly message: NewMessage;
  readonly receipts: readonly NewReceipt[];
}

export interface ReadBatch {
  readonly entries: readonly Entry[];
  readonly rows: MessageRows;
  readonly letters: readonly DeadLetter[];
  /** Messages without an id. */
  readonly unrecorded: number;
}

/** Puts batches on record. What cannot be recorded becomes a dead letter; nothing in a batch stands in the way of the rest. */
export class BatchWriter {
  constructor(private readonly deps: WriterDeps) {}

  /** Needs no database, so that it can be done while the batch before is being written. */
  read(batch: readonly Captured[]): ReadBatch {
    const { tokenEstimateCharsPerToken } = this.deps.config;
    const entries: Entry[] = [];
    const letters: DeadLetter[] = [];
    let unrecorded = 0;
    for (const captured of batch) {
      const reading = readCaptured(captured, tokenEstimateCharsPerToken);
      if (reading.kind === 'message') entries.push({ captured, message: reading.message, receipts: reading.receipts });
      else if (reading.kind === 'dead') letters.push(letterOf(captured, reading.reason, reading.detail));
      else unrecorded += 1;
    }
    return { entries, rows: rowsOf(entries), letters, unrecorded };
  }

  /**
   * Resolves when every message of the batch is on record or a dead letter, however long the database is away.
   *
   * @throws the signal's reason when it ends the wait; what was not written stays captured
   */
  async write({ entries, rows, letters, unrecorded }: ReadBatch): Promise<void> {
    this.deps.counters.unrecorded += unrecorded;
    await this.#bury(letters);
    await this.#record(entries, rows);
  }

  async #record(entries: readonly Entry[], rows: MessageRows = rowsOf(entries)): Promise<void> {
    if (entries.length === 0) return;
    const refusal = await persist(this.deps, (database) => recordRows(database, rows));
    if (refusal instanceof DatabaseError) return this.#isolate(entries, refusal);
    this.deps.counters.written += refusal;
    this.deps.counters.repeated += entries.length - refusal;
    await this.deps.receipts.write(entries.flatMap(({ receipts }) => receipts));
  }

  /** Halves until the messages that the database refuses stand alone. In order: the first copy of an id still wins. */
  async #isolate(entries: readonly Entry[], refusal: DatabaseError): Promise<void> {
    const [only] = entries;
    if (entries.length > 1) {
      const middle = entries.length >> 1;
      await this.#record(entries.slice(0, middle));
      return this.#record(entries.slice(middle));
    }
    if (!only) return;
    if (only.message.payload_storable) {
      return this.#record([{ ...only, message: { ...only.message, payload_storable: false } }]);
    }
    await this.#bury([letterOf(only.captured, 'database_refused', refusal.message)]);
  }

  async #bury(letters: readonly DeadLetter[]): Promise<void> {
    if (letters.length === 0) return;
    const { counters, log } = this.deps;
    const buried = await persist(this.deps, (database) => keepDeadLetters(database, letters));
    if (buried instanceof DatabaseError) throw buried;
    counters.dead += buried.kept.length;
    counters.deadRefused += buried.refused;
    for (const { subject, dead_letter_id: id, reason, detail } of letters)
      if (buried.kept.includes(id)) log.warn({ event: 'history_dead_letter', subject, id, reason, detail });
    if (buried.refused > 0) log.error({ event: 'history_dead_letters_full', lost: buried.refused });
  }
}

function rowsOf(entries: readonly Entry[]): MessageRows {
  return messageRows(entries.map(({ message }) => message));
}

function letterOf(
  { captureId, subject, body, receivedAt }: Captured,
  reason: DeadLetter['reason'],
  detail: string,
): DeadLetter {
  return { dead_letter_id: captureId, subject, body, reason, detail, received_at: receivedAt };
}
