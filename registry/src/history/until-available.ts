import { setTimeout as pause } from 'node:timers/promises';
import { DatabaseError } from '../store/database-error.js';

const firstPauseMs = 50;
const longestPauseMs = 1000;

export interface Persistence {
  mayRepeat(error: DatabaseError): boolean;
  /** Told before each pause. */
  onFailure(error: DatabaseError): void;
  /** Ends the pauses. */
  readonly signal: AbortSignal;
}

/**
 * Repeats `work` with growing pauses as long as its failure says that it can succeed later.
 *
 * @returns the result, or the database error that repeating does not cure
 */
export async function untilAvailable<T>(
  work: () => Promise<T>,
  { mayRepeat, onFailure, signal }: Persistence,
): Promise<T | DatabaseError> {
  for (let pauseMs = firstPauseMs; ; pauseMs = Math.min(pauseMs * 2, longestPauseMs)) {
    try {
      return await work();
    } catch (cause) {
      if (!(cause instanceof DatabaseError)) throw cause;
      if (!mayRepeat(cause)) return cause;
      onFailure(cause);
    }
    await pause(pauseMs, undefined, { signal });
  }
}
