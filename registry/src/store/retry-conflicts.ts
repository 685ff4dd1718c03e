import { DatabaseError } from './database-error.js';

const ATTEMPTS = 10;

/** Repeats a transaction that lost against a concurrent one: a username taken meanwhile, a deadlock. */
export async function retryConflicts<T>(transact: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await transact();
    } catch (cause) {
      if (!(cause instanceof DatabaseError) || cause.fault !== 'conflict' || attempt === ATTEMPTS) throw cause;
    }
  }
}
