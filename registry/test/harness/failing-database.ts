import type { Database, Queryable } from '../../src/store/database.js';
import { DatabaseError } from '../../src/store/database-error.js';

/** A database whose connection can be cut. */
export class FailingDatabase implements Database {
  readonly kind: Database['kind'];
  /** Thrown instead of running a statement, while set. */
  failure: Error | undefined;
  /** Statements that failed. */
  failures = 0;

  constructor(private readonly database: Database) {
    this.kind = database.kind;
  }

  cut(): void {
    this.failure = new DatabaseError('unavailable', 'connect ECONNREFUSED');
  }

  mend(): void {
    this.failure = undefined;
  }

  async query<Row>(sql: string, params?: readonly unknown[]): Promise<Row[]> {
    this.#requireConnection();
    return this.database.query<Row>(sql, params);
  }

  async transaction<T>(work: (tx: Queryable) => Promise<T>): Promise<T> {
    this.#requireConnection();
    return this.database.transaction(work);
  }

  close(): Promise<void> {
    return this.database.close();
  }

  #requireConnection(): void {
    if (!this.failure) return;
    this.failures += 1;
    throw this.failure;
  }
}
