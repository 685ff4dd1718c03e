import { limits } from '@agentnet/protocol';
import type { Logger } from 'pino';
import type { Database } from '../store/database.js';
import type { HeardHello } from '../store/hellos.js';
import { endSession } from '../store/sessions.js';
import { writeHellos } from './write-hellos.js';

/** Hellos of more sessions than this wait for the database only; it keeps an outage from eating the memory. */
const MAX_PENDING = 50_000;

const MAX_PER_STATEMENT = 1000;

export interface HelloAbsorberOptions {
  readonly database: Database;
  readonly serverId: string;
  readonly log: Logger;
  /** Whether an unsigned hello may make or change an account. @default true */
  readonly accountsFromHellos?: boolean;
}

/**
 * Takes hellos in memory and writes the newest of each session with one statement per flush. What is lost when the process dies
 * comes again with the next heartbeat.
 */
export class HelloAbsorber {
  readonly #options: Required<HelloAbsorberOptions>;
  readonly #pending = new Map<string, HeardHello>();
  #writing: Promise<void> = Promise.resolve();
  #timer: NodeJS.Timeout | undefined;

  constructor(options: HelloAbsorberOptions) {
    this.#options = { accountsFromHellos: true, ...options };
  }

  absorb(hello: HeardHello): void {
    if (this.#pending.size >= MAX_PENDING && !this.#pending.has(hello.session_tag)) {
      const [oldest] = this.#pending.keys();
      if (oldest !== undefined) this.#pending.delete(oldest);
    }
    this.#pending.set(hello.session_tag, hello);
    this.#schedule();
  }

  /** Ends a session at once; hellos absorbed before do not bring it back. Queries that flush see it gone. */
  goodbye(sessionTag: string, atMs: number): Promise<void> {
    this.#forget(sessionTag, atMs);
    return this.#inTurn(() => {
      // A write that failed meanwhile has put its hellos back.
      this.#forget(sessionTag, atMs);
      return endSession(this.#options.database, sessionTag, atMs);
    });
  }

  /** Resolves when everything absorbed before the call is in the database. */
  flush(): Promise<void> {
    return this.#inTurn(() => this.#writePending());
  }

  /** Writes what is pending and takes no timer again until the next hello. */
  async stop(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    await this.flush();
  }

  /** Writes reach the database in the order of the calls. */
  #inTurn(write: () => Promise<void>): Promise<void> {
    const written = this.#writing.then(write);
    this.#writing = written.catch(() => {});
    return written;
  }

  #forget(sessionTag: string, untilMs: number): void {
    const hello = this.#pending.get(sessionTag);
    if (hello && hello.seenAtMs <= untilMs) this.#pending.delete(sessionTag);
  }

  #schedule(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.flush().catch((cause: unknown) => {
        this.#options.log.error({ event: 'hello_flush_failed', pending: this.#pending.size, err: cause }, 'retrying');
        this.#schedule();
      });
    }, limits.helloFlushMs);
  }

  async #writePending(): Promise<void> {
    while (this.#pending.size > 0) {
      const hellos = [...this.#pending.values()].slice(0, MAX_PER_STATEMENT);
      for (const { session_tag } of hellos) this.#pending.delete(session_tag);
      try {
        await writeHellos(this.#options, hellos);
      } catch (cause) {
        for (const hello of hellos) {
          if (!this.#pending.has(hello.session_tag)) this.#pending.set(hello.session_tag, hello);
        }
        throw cause;
      }
    }
  }
}
