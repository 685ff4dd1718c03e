import { limits, parseInstant } from '@agentnet/protocol';
import type { Logger } from 'pino';
import type { Database } from '../store/database.js';
import type { HeardHello } from '../store/hellos.js';
import { endSession, type HeardGoodbye } from '../store/sessions.js';
import { writeHellos } from './write-hellos.js';

/** Hellos of more sessions than this wait for the database only; it keeps an outage from eating the memory. */
const MAX_PENDING = 50_000;

const MAX_PER_STATEMENT = 1000;

export interface HelloAbsorberOptions {
  readonly database: Database;
  readonly serverId: string;
  readonly log: Logger;
  /** With dev auth: a hello is taken from the session it names only, and none makes or changes an account. @default false */
  readonly checkSignatures?: boolean;
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
    this.#options = { checkSignatures: false, ...options };
  }

  absorb(hello: HeardHello): void {
    const key = pendingKey(hello);
    if (isOlder(hello, this.#pending.get(key))) return;
    if (this.#pending.size >= MAX_PENDING && !this.#pending.has(key)) {
      const [oldest] = this.#pending.keys();
      if (oldest !== undefined) this.#pending.delete(oldest);
    }
    this.#pending.set(key, hello);
    this.#schedule();
  }

  /** Ends a session at once; hellos absorbed before do not bring it back. Queries that flush see it gone. */
  goodbye(goodbye: HeardGoodbye): Promise<void> {
    this.#forget(goodbye);
    return this.#inTurn(() => {
      // A write that failed meanwhile has put its hellos back.
      this.#forget(goodbye);
      return endSession(this.#options.database, goodbye, this.#options.checkSignatures);
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

  #forget(goodbye: HeardGoodbye): void {
    const key = pendingKey(goodbye);
    const hello = this.#pending.get(key);
    if (hello && hello.seenAtMs <= goodbye.seenAtMs && !isOlder(goodbye, hello)) this.#pending.delete(key);
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
      for (const hello of hellos) this.#pending.delete(pendingKey(hello));
      try {
        await writeHellos(this.#options, hellos);
      } catch (cause) {
        for (const hello of hellos) {
          const key = pendingKey(hello);
          if (!this.#pending.has(key)) this.#pending.set(key, hello);
        }
        throw cause;
      }
    }
  }
}

/** Signed and unsigned ones, and those of different keys, do not push each other out: only the database knows which one is the session's. */
function pendingKey({ session_tag, signed }: Pick<HeardHello, 'session_tag' | 'signed'>): string {
  return `${signed?.publicKey ?? ''} ${session_tag}`;
}

/** A copy of an earlier hello or goodbye must not undo a later one. */
function isOlder({ signed }: Pick<HeardHello, 'signed'>, pending: HeardHello | undefined): boolean {
  const [given, known] = [signed, pending?.signed].map((one) => parseInstant(one?.signedAt ?? ''));
  if (!given || !known) return false;
  return given.epochMs < known.epochMs || (given.epochMs === known.epochMs && given.micros <= known.micros);
}
