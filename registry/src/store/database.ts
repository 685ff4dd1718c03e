import { applyMigrations } from './migrations.js';
import { openPostgres } from './pg.js';
import { openPglite } from './pglite.js';

/** How a statement is run. */
export interface QueryOptions {
  /**
   * Keeps the server's plan under this name until the next run, per connection: for a fixed text that runs all the time. A name belongs to one
   * text. Without effect in transactions and in the embedded database.
   */
  readonly planName?: string;
}

export interface Queryable {
  /**
   * Runs one statement with `$1`, `$2`, ... taken from `params` and returns its rows. A jsonb parameter is passed as its JSON
   * text, an instant as text, an array as an array. bigint columns come back as numbers, jsonb as values, text[] as string[].
   *
   * @throws {DatabaseError}
   */
  query<Row>(sql: string, params?: readonly unknown[], options?: QueryOptions): Promise<Row[]>;
}

/** One database, the same SQL on both kinds. Only the driver differs. */
export interface Database extends Queryable {
  readonly kind: 'postgres' | 'pglite';
  /** Commits what `work` did when it returns, rolls back when it throws. `tx` is good until then. */
  transaction<T>(work: (tx: Queryable) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

/** Which database: a PostgreSQL server, or the embedded one in a folder. */
export type DatabaseOptions =
  | {
      kind: 'pglite';
      /** Folder of the embedded database, made when missing; `memory://` keeps nothing. */
      dataDir: string;
    }
  | {
      kind: 'postgres';
      /** `postgres://user:password@host:port/name`. */
      url: string;
    };

/**
 * Opens the database and brings its tables up to date.
 *
 * @throws {AgentNetError} `data_dir_locked`, `database_unavailable`
 */
export async function openDatabase(options: DatabaseOptions): Promise<Database> {
  const database = options.kind === 'postgres' ? openPostgres(options.url) : await openPglite(options.dataDir);
  try {
    await applyMigrations(database);
    return database;
  } catch (cause) {
    await database.close();
    throw cause;
  }
}

/** SQL that reads an instant the way the wire writes it: UTC, microseconds, no fraction when it is zero. */
export function timestampText(column: string): string {
  return `replace(to_char(${column} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), '.000000Z', 'Z')`;
}
