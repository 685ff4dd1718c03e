import type { Gap } from '../domain/losses.js';
import { DatabaseError } from '../store/database-error.js';
import { type ConsumerLife, countLosses } from '../store/history-losses.js';
import { type PersistDeps, persist } from './persist.js';

/** Enters gaps of a stream into the database, one after the other, so that one registry of all counts each. */
export class LossLedger {
  #entering: Promise<void> = Promise.resolve();

  constructor(private readonly deps: PersistDeps) {}

  /** Counts what is missing once the database can be asked. */
  enter(life: ConsumerLife, gap: Gap): void {
    this.#entering = this.#entering.then(() => this.#count(life, gap)).catch(() => {});
  }

  /** Resolves when all that was entered is counted, or the wait for the database is over. */
  settled(): Promise<void> {
    return this.#entering;
  }

  async #count(life: ConsumerLife, gap: Gap): Promise<void> {
    const { counters, log } = this.deps;
    const lost = await persist(this.deps, (database) => countLosses(database, life, gap));
    if (lost instanceof DatabaseError || lost === 0) return;
    counters.dropped += lost;
    log.error({ event: 'history_lost', stream: life.stream, lost, up_to: gap.upTo.streamSequence });
  }
}
