import type { RegistryDeps } from '../deps.js';
import type { Database } from '../store/database.js';
import { DatabaseError } from '../store/database-error.js';
import { type DeadLetter, keepDeadLetter } from '../store/dead-letters.js';
import { type NewMessage, recordMessages } from '../store/messages.js';
import type { Captured } from './captured.js';
import type { HistoryCounters } from './counters.js';
import { type Reading, readCaptured } from './read-captured.js';
import { untilAvailable } from './until-available.js';

export interface WriterDeps extends Pick<RegistryDeps, 'database' | 'config' | 'log' | 'metrics'> {
  readonly counters: HistoryCounters;
  /** Called while the database is away. */
  readonly measure: () => void;
  /** Ends the wait for a lost database. */
  readonly signal: AbortSignal;
}

export type ReadBatch = readonly { readonly captured: Captured; readonly reading: Reading }[];

interface Entry {
  readonly captured: Captured;
  readonly message: NewMessage;
}

/** A wrong statement gets this many tries before single messages are blamed for it. */
const triesBeforeBlame = 3;

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
    const { counters, metrics } = this.deps;
    const begun = performance.now();
    const entries: Entry[] = [];
    for (const { captured, reading } of batch) {
      if (reading.kind === 'message') entries.push({ captured, message: reading.message });
      else if (reading.kind === 'unrecorded') counters.unrecorded += 1;
      else await this.#bury(captured, reading.reason, reading.detail);
    }
    await this.#record(entries);
    for (const { captured } of batch) captured.done();
    counters.inHand -= batch.length;
    metrics.observe('db.persist_batch', performance.now() - begun);
  }

  async #record(entries: readonly Entry[]): Promise<void> {
    if (entries.length === 0) return;
    const messages = entries.map(({ message }) => message);
    const refusal = await this.#attempt(entries, (database) => recordMessages(database, messages));
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
    await this.#bury(only.captured, 'database_refused', refusal.message);
  }

  async #bury(captured: Captured, reason: DeadLetter['reason'], detail: string): Promise<void> {
    const { counters, log } = this.deps;
    const letter: DeadLetter = {
      dead_letter_id: captured.captureId,
      subject: captured.subject,
      body: captured.body,
      reason,
      detail,
      received_at: captured.receivedAt,
    };
    const kept = await this.#attempt([{ captured }], (database) => keepDeadLetter(database, letter));
    if (kept instanceof DatabaseError) throw kept;
    if (!kept) return;
    counters.dead += 1;
    log.warn({ event: 'history_dead_letter', subject: captured.subject, id: captured.captureId, reason, detail });
  }

  /** The result, or the error for which the data itself is to blame. Waits for a database that is away. */
  async #attempt<T>(
    held: readonly Pick<Entry, 'captured'>[],
    work: (database: Database) => Promise<T>,
  ): Promise<T | DatabaseError> {
    const { database, counters, log, measure, signal } = this.deps;
    let blameless = 0;
    const onFailure = (error: DatabaseError) => {
      if (counters.lastError !== error.message)
        log.error({ event: 'history_write_failed', fault: error.fault, err: error });
      counters.lastError = error.message;
      for (const { captured } of held) captured.keep();
      measure();
    };
    const mayRepeat = ({ fault }: DatabaseError) => {
      if (fault === 'bug') blameless += 1;
      return fault === 'unavailable' || fault === 'conflict' || (fault === 'bug' && blameless < triesBeforeBlame);
    };
    const result = await untilAvailable(() => work(database), { mayRepeat, onFailure, signal });
    if (!(result instanceof DatabaseError) && counters.lastError !== '') {
      log.info({ event: 'history_write_recovered' });
      counters.lastError = '';
    }
    return result;
  }
}
