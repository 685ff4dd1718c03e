import { setImmediate } from 'node:timers/promises';
import { AgentNetError } from '@agentnet/sdk/transport';
import type { RegistryDeps } from '../deps.js';
import { batches } from './batches.js';
import type { Captured } from './captured.js';
import type { FeedCounters } from './counters.js';
import type { StreamFeed } from './pull-feed.js';
import { superviseWriter } from './supervise-writer.js';
import { type Readiness, untilReady } from './until-ready.js';

export interface BatchSink<T> {
  /** Needs no database, so that it is done while the batch before is being written. */
  read(batch: readonly Captured[]): T;
  write(read: T): Promise<void>;
}

export interface PumpDeps<T> extends Pick<RegistryDeps, 'log' | 'metrics'> {
  /** Of the latencies of its batches. */
  readonly name: string;
  readonly counters: FeedCounters;
  readonly openFeed: () => Promise<StreamFeed>;
  /** Of the first feed. */
  readonly readiness: Readiness;
  readonly sink: BatchSink<T>;
  /** Whether messages survive outside this process. */
  readonly isDurable: boolean;
}

/** Takes what one feed brings into the database, and starts over when something breaks. */
export class Pump<T = unknown> {
  readonly #stopping = new AbortController();
  #feed: StreamFeed | undefined;

  private constructor(
    private readonly deps: PumpDeps<T>,
    feed: StreamFeed,
  ) {
    this.#feed = feed;
  }

  /** Takes what is captured from when this resolves. */
  static async open<T>(deps: PumpDeps<T>): Promise<Pump> {
    return new Pump(deps, await untilReady(deps.openFeed, deps.readiness)) as Pump;
  }

  /** Whether it is at work; false between a failure and the next start. */
  get isAlive(): boolean {
    return this.#feed !== undefined;
  }

  /** Ends when what had arrived at `stop` is written; rejects when it could not be started again for good. */
  run(): Promise<void> {
    const { counters, log, name } = this.deps;
    let seen = 0;
    return superviseWriter(() => this.#writeFeed(), {
      signal: this.#stopping.signal,
      hasProgressed: () => {
        const before = seen;
        seen = counters.settled;
        return seen > before;
      },
      onFailure(cause) {
        counters.restarts += 1;
        counters.lastError = cause instanceof Error ? cause.message : String(cause);
        log.error({ event: 'history_writer_restarts', flow: name, err: cause });
      },
    });
  }

  stop(): void {
    this.#stopping.abort();
    this.#feed?.close();
  }

  async #writeFeed(): Promise<void> {
    const { counters, openFeed, isDurable } = this.deps;
    this.#feed ??= await openFeed();
    const feed = this.#feed;
    try {
      if (this.#stopping.signal.aborted) feed.close();
      await this.#writeAll(feed);
    } finally {
      feed.close();
      feed.release();
      this.#feed = undefined;
      // Without a stream nobody else has what this process had taken.
      if (!isDurable) counters.dropped += counters.inHand + counters.ahead;
      counters.inHand = 0;
    }
    if (!this.#stopping.signal.aborted) throw new AgentNetError('history_unavailable', 'the history stream ended');
  }

  /** One batch is being written while the next one is collected and read. */
  async #writeAll(feed: StreamFeed): Promise<void> {
    const { sink } = this.deps;
    let written = Promise.resolve();
    let settled = Promise.resolve();
    try {
      for await (const batch of batches(feed)) {
        const read = sink.read(batch);
        await written;
        const begun = performance.now();
        written = sink.write(read);
        settled = Promise.all([settled, written.then(() => this.#settle(batch, begun))]).then(() => {});
        // Its failure ends the feed and is met below.
        settled.catch(() => feed.close());
      }
    } finally {
      await settled;
    }
  }

  async #settle(batch: readonly Captured[], begun: number): Promise<void> {
    const { counters, metrics, name } = this.deps;
    metrics.observe(name, performance.now() - begun);
    // The next statement goes to the database first.
    await setImmediate();
    for (const captured of batch) captured.done();
    counters.inHand -= batch.length;
    counters.settled += batch.length;
  }
}
