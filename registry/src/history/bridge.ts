import { createHash } from 'node:crypto';
import { formatInstant, limits } from '@agentnet/protocol';
import type { Msg, NatsConnection, Subscription } from '@nats-io/nats-core';
import type { RegistryDeps } from '../deps.js';
import type { Captured } from './captured.js';
import { followReconnects } from './follow-reconnects.js';
import type { BatchSink } from './pump.js';
import type { CaptureStream } from './stream.js';

export interface BridgeDeps<T> extends Pick<RegistryDeps, 'log' | 'now'> {
  readonly connection: NatsConnection;
  readonly stream: CaptureStream;
  readonly sink: BatchSink<T>;
  /** What the sink counts; of this bridge alone. */
  readonly counters: { written: number };
  /** Hears how much a crossing put on record. */
  readonly onRecorded: (count: number) => void;
}

class Remembered implements Captured {
  constructor(
    readonly subject: string,
    readonly body: Uint8Array,
    readonly atMs: number,
  ) {}

  /** Made of what it says, so that all registries and all elections name a body that cannot be recorded alike: it becomes one dead letter. */
  get captureId(): string {
    return createHash('sha256').update(`${this.subject}\n`).update(this.body).digest('hex');
  }

  get receivedAt(): string {
    return formatInstant({ epochMs: this.atMs, micros: 0 });
  }

  done(): void {}
}

/** What servers of a stream tell when they have agreed on a leader. */
const electionOf = (stream: string): string => `$JS.EVENT.ADVISORY.STREAM.LEADER_ELECTED.${stream}`;

/**
 * Beside a stream with replicas. When the server that leads it dies, the others take seconds to elect another, and meanwhile agents go on:
 * what they publish is delivered and in no stream. So each registry remembers what passed lately and, after an election, puts on record
 * what is not there yet. Without a queue group: the registry that would have been chosen may have lost its connection with that server.
 */
export class Bridge<T = unknown> {
  readonly #subscriptions: Subscription[];
  readonly #unfollow: () => void;
  #remembered: Remembered[] = [];
  /** Those before it are too old, and go when there are many. */
  #first = 0;
  #bytes = 0;
  #settling: NodeJS.Timeout | undefined;
  #crossing = Promise.resolve();
  #stopped = false;

  constructor(private readonly deps: BridgeDeps<T>) {
    const { connection, stream, log } = deps;
    const onError = (error: Error) => log.error({ event: 'history_bridge_refused', stream: stream.stream, err: error });
    const subscribe = (subject: string, take: (message: Msg) => void) =>
      connection.subscribe(subject, { callback: (error, message) => (error ? onError(error) : take(message)) });
    this.#subscriptions = [
      ...stream.subjects.map((subject) => subscribe(subject, (message) => this.#remember(message))),
      subscribe(electionOf(stream.stream), () => this.#settle()),
    ];
    // An election that this registry's own server did not survive is heard of by nobody here.
    this.#unfollow = followReconnects(connection, () => this.#settle());
  }

  /** Puts on record what an election has left open. */
  async stop(): Promise<void> {
    this.#stopped = true;
    for (const subscription of this.#subscriptions) subscription.unsubscribe();
    this.#unfollow();
    if (this.#settling) this.#cross();
    await this.#crossing;
  }

  #remember({ subject, data }: Msg): void {
    const atMs = this.deps.now();
    this.#remembered.push(new Remembered(subject, data, atMs));
    this.#bytes += data.length;
    this.#forget(atMs - limits.historyBridgeMs);
  }

  #forget(beforeMs: number): void {
    for (; this.#first < this.#remembered.length; this.#first += 1) {
      const oldest = this.#remembered[this.#first];
      if (!oldest || (oldest.atMs > beforeMs && this.#bytes <= limits.historyBridgeMaxBytes)) break;
      this.#bytes -= oldest.body.length;
    }
    if (this.#first < this.#remembered.length / 2) return;
    this.#remembered = this.#remembered.slice(this.#first);
    this.#first = 0;
  }

  /** The new leader hears of what is published a moment after it was elected. */
  #settle(): void {
    if (this.#stopped) return;
    clearTimeout(this.#settling);
    this.#settling = setTimeout(() => this.#cross(), limits.historyBridgeSettleMs);
  }

  #cross(): void {
    clearTimeout(this.#settling);
    this.#settling = undefined;
    const remembered = this.#remembered.slice(this.#first);
    this.#remembered = [];
    this.#first = 0;
    this.#bytes = 0;
    this.#crossing = this.#crossing
      .then(() => this.#record(remembered))
      .catch((cause: unknown) => this.deps.log.error({ event: 'history_bridge_failed', err: cause }));
  }

  async #record(remembered: readonly Remembered[]): Promise<void> {
    const { sink, counters, log, onRecorded, stream } = this.deps;
    const before = counters.written;
    for (let from = 0; from < remembered.length; from += limits.historyBatchMaxMessages)
      await sink.write(sink.read(remembered.slice(from, from + limits.historyBatchMaxMessages)));
    const recorded = counters.written - before;
    onRecorded(recorded);
    log.warn({ event: 'history_bridged', stream: stream.stream, looked_at: remembered.length, recorded });
  }
}
