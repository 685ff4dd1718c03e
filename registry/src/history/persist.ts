import type { RegistryDeps } from '../deps.js';
import type { Database } from '../store/database.js';
import { DatabaseError } from '../store/database-error.js';
import type { FeedCounters } from './counters.js';
import { untilAvailable } from './until-available.js';

export interface PersistDeps extends Pick<RegistryDeps, 'database' | 'log'> {
  readonly counters: FeedCounters;
  /** Ends the wait for a lost database. */
  readonly signal: AbortSignal;
}

/** A wrong statement gets this many tries before single rows are blamed for it. */
const triesBeforeBlame = 3;

/**
 * Runs one statement, however long the database is away.
 *
 * @returns the result, or the error for which the data itself is to blame
 * @throws the signal's reason when it ends the wait
 */
export async function persist<T>(
  { database, log, counters, signal }: PersistDeps,
  work: (database: Database) => Promise<T>,
): Promise<T | DatabaseError> {
  let blameless = 0;
  const onFailure = (error: DatabaseError) => {
    if (counters.lastError !== error.message)
      log.error({ event: 'history_write_failed', fault: error.fault, err: error });
    counters.lastError = error.message;
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
