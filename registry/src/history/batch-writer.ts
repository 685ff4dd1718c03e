import type { RegistryDeps } from '../deps.js';
import { DatabaseError } from '../store/database-error.js';
import { type DeadLetter, keepDeadLetters } from '../store/dead-letters.js';
import { type NewMessage, recordMessages } from '../store/messages.js';
import type { Captured } from './captured.js';
import type { HistoryCounters } from './counters.js';
import { type PersistDeps, persist } from './persist.js';
import { type Reading, readCaptured } from './read-captured.js';

export interface WriterDeps extends PersistDeps, Pick<RegistryDeps, 'config'> {
  readonly counters: HistoryCounters;
}

export type ReadBatch = readonly { readonly captured: Captured; readonly reading: Reading }[];

interface Entry {
  readonly captured: Captured;
  readonly message: NewMessage;
}

/** Puts batches on record. What cannot be recorded becomes a dead letter; nothing in a batch stands in the way of the rest. */
export class BatchWriter {
  constructor(private readonly deps: WriterDeps) {}

  /** Needs no database, so that it can be done while the batch before is being written. */
  read(batch: readonly Captured[]): ReadBatch {
    const { tokenEstimateCharsPerToken } = this.deps.config;
    return batch.map((captured) => ({ captured, reading: readCaptured(captured, tokenEstimateCharsPerToken) }));
  }

  /**
   * Resolves when every message of the batch is on record or a dead letter, however long the database is away.
   *
   * @throws the signal's reason when it ends the wait; what was not written stays captured
   */
  async write(batch: ReadBatch): Promise<void> {
    const entries: Entry[] = [];
    const letters: DeadLetter[] = [];
    for (const { captured, reading } of batch) {
      if (reading.kind === 'message') entries.push({ captured, message: reading.message });
      else if (reading.kind === 'dead') letters.push(letterOf(captured, reading.reason, reading.detail));
      else this.deps.counters.unrecorded += 1;
    }
    await this.#bury(letters);
    await this.#record(entries);
  }

  async #record(entries: readonly Entry[]): Promise<void> {
    if (entries.length === 0) return;
    const messages = entries.map(({ message }) => message);
    const refusal = await persist(this.deps, (database) => recordMessages(database, messages));
    if (refusal instanceof DatabaseError) return this.#isolate(entries, refusal);
    this.deps.counters.written += refusal;
    this.deps.counters.repeated += messages.length - refusal;
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

function letterOf(
  { captureId, subject, body, receivedAt }: Captured,
  reason: DeadLetter['reason'],
  detail: string,
): DeadLetter {
  return { dead_letter_id: captureId, subject, body, reason, detail, received_at: receivedAt };
}
