import { mkdir } from 'node:fs/promises';
import { Worker } from 'node:worker_threads';
import type { Database, Queryable } from './database.js';
import { DatabaseError, toDatabaseError } from './database-error.js';
import { type FolderLock, lockFolder } from './folder-lock.js';
import { readyId, type WorkerReply, type WorkerRequest } from './pglite-protocol.js';

/** Compiled file, also when this one runs from its TypeScript source: threads load JavaScript only. */
const workerUrl = new URL('../../dist/store/pglite-worker.js', import.meta.url);

/**
 * The embedded database, in a thread of its own so that a query never blocks the registry. The folder is locked: PGlite
 * itself would let a second process open, and damage, it.
 *
 * @throws {AgentNetError} `data_dir_locked`, `database_unavailable`
 */
export async function openPglite(dataDir: string): Promise<Database> {
  const inMemory = dataDir.startsWith('memory://');
  if (!inMemory) await mkdir(dataDir, { recursive: true, mode: 0o700 });
  const lock = inMemory ? undefined : await lockFolder(dataDir);
  try {
    return new PgliteDatabase(dataDir, await startThread(dataDir), lock);
  } catch (cause) {
    await lock?.release();
    throw cause;
  }
}

class PgliteDatabase implements Database {
  readonly kind = 'pglite';
  #thread: DatabaseThread;
  #reopening: Promise<void> | undefined;
  #transaction: Promise<unknown> | undefined;

  constructor(
    private readonly dataDir: string,
    thread: DatabaseThread,
    private readonly lock: FolderLock | undefined,
  ) {
    this.#thread = thread;
  }

  async query<Row>(sql: string, params?: readonly unknown[]): Promise<Row[]> {
    for (let obstacle = this.#obstacle(); obstacle; obstacle = this.#obstacle()) await obstacle;
    return this.#thread.run<Row>(sql, params);
  }

  async transaction<T>(work: (tx: Queryable) => Promise<T>): Promise<T> {
    for (let obstacle = this.#obstacle(); obstacle; obstacle = this.#obstacle()) await obstacle;
    const running = this.#runTransaction(work);
    const settled = running.then(
      () => {},
      () => {},
    );
    this.#transaction = settled.then(() => {
      this.#transaction = undefined;
    });
    return running;
  }

  async close(): Promise<void> {
    await this.#transaction;
    await this.#thread.close();
    await this.lock?.release();
  }

  async #runTransaction<T>(work: (tx: Queryable) => Promise<T>): Promise<T> {
    const thread = this.#thread;
    await thread.run('BEGIN');
    try {
      const result = await work({ query: (sql, params) => thread.run(sql, params) });
      await thread.run('COMMIT');
      return result;
    } catch (cause) {
      if (!thread.ended) await thread.run('ROLLBACK');
      throw cause;
    }
  }

  /** What a statement has to wait for. Nothing may come between the last look at it and the statement itself. */
  #obstacle(): Promise<unknown> | undefined {
    if (this.#transaction) return this.#transaction;
    if (!this.#thread.ended || this.#thread.closed || this.dataDir.startsWith('memory://')) return undefined;
    this.#reopening ??= startThread(this.dataDir)
      .then((thread) => {
        this.#thread = thread;
      })
      .finally(() => {
        this.#reopening = undefined;
      });
    return this.#reopening;
  }
}

interface Waiting {
  resolve(rows: unknown[]): void;
  reject(cause: DatabaseError): void;
}

/** One thread with one open database: numbered requests, answered in order. */
class DatabaseThread {
  readonly ready: Promise<unknown>;
  ended = false;
  closed = false;
  #lastId = readyId;
  readonly #waiting = new Map<number, Waiting>();
  readonly #worker: Worker;

  constructor(dataDir: string) {
    this.#worker = new Worker(workerUrl, { workerData: dataDir, execArgv: [] });
    this.ready = this.#awaitReply(readyId);
    this.#worker.on('message', (reply: WorkerReply) => this.#settle(reply));
    this.#worker.on('error', (cause) => this.#end(`the database thread failed: ${cause.message}`, cause));
    this.#worker.on('exit', () => this.#end('the database is closed'));
  }

  run<Row>(sql: string, params?: readonly unknown[]): Promise<Row[]> {
    return this.#send({ sql, ...(params && { params }) }) as Promise<Row[]>;
  }

  async close(): Promise<void> {
    if (this.ended) return;
    const exited = new Promise<void>((resolve) => this.#worker.once('exit', () => resolve()));
    await this.#send({});
    this.closed = true;
    await exited;
  }

  async #send(request: Omit<WorkerRequest, 'id'>): Promise<unknown[]> {
    if (this.ended) throw new DatabaseError('unavailable', 'the database is closed');
    this.#lastId += 1;
    const reply = this.#awaitReply(this.#lastId);
    this.#worker.postMessage({ id: this.#lastId, ...request } satisfies WorkerRequest);
    return reply;
  }

  #awaitReply(id: number): Promise<unknown[]> {
    return new Promise((resolve, reject) => this.#waiting.set(id, { resolve, reject }));
  }

  #settle(reply: WorkerReply): void {
    const waiting = this.#waiting.get(reply.id);
    this.#waiting.delete(reply.id);
    if ('rows' in reply) waiting?.resolve(reply.rows);
    else waiting?.reject(toDatabaseError(Object.assign(new Error(reply.failure.message), reply.failure)));
  }

  #end(detail: string, cause?: unknown): void {
    this.ended = true;
    for (const waiting of this.#waiting.values()) waiting.reject(new DatabaseError('unavailable', detail, { cause }));
    this.#waiting.clear();
  }
}

async function startThread(dataDir: string): Promise<DatabaseThread> {
  const thread = new DatabaseThread(dataDir);
  await thread.ready;
  return thread;
}
