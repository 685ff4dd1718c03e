import { limits } from '@agentnet/protocol';
import { type JetStreamManager, jetstreamManager, type StreamInfo } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/nats-core';
import type { RegistryDeps } from '../deps.js';
import { countDeadLetters } from '../store/dead-letters.js';
import { messageStream, receiptStream } from './stream.js';

/** How full the streams are: of all registries, as last looked at. */
export interface StreamLevels {
  /** Messages, and receipts, not yet on record. */
  readonly backlog: number;
  readonly receipts: number;
  /** Age of the oldest of those messages. */
  readonly oldestMs: number;
  /** Part of the nearest limit of either stream in use; 0 without limits. */
  readonly fill: number;
  readonly deadLetters: number;
}

export interface WatchDeps extends Pick<RegistryDeps, 'database' | 'log' | 'now'> {
  readonly connection: NatsConnection;
}

/** Looks at the streams now and then, so that an operator hears of a limit before it is reached. */
export class StreamWatch {
  levels: StreamLevels = { backlog: 0, receipts: 0, oldestMs: 0, fill: 0, deadLetters: 0 };
  #manager: JetStreamManager | undefined;
  #isDegraded = false;

  constructor(
    private readonly deps: WatchDeps,
    private readonly hasStreams: boolean,
  ) {}

  /** Never fails: what cannot be read now keeps its last value. */
  async look(): Promise<void> {
    const [streams, deadLetters] = await Promise.all([
      this.hasStreams ? this.#readStreams().catch(() => undefined) : undefined,
      countDeadLetters(this.deps.database).catch(() => this.levels.deadLetters),
    ]);
    this.levels = { ...this.levels, ...streams, deadLetters };
    this.#tell();
  }

  /** What the operator should see to, one line each; empty when all is well. */
  degraded(): string[] {
    const { fill, oldestMs, backlog } = this.levels;
    const percent = Math.floor(fill * 100);
    return [
      ...(percent >= limits.historyFillWarnPercent
        ? [`the history stream is ${percent} % full; at 100 % the oldest unwritten messages are lost`]
        : []),
      ...(oldestMs >= limits.historyOldestWarnMs
        ? [`${backlog} captured messages wait to be written, the oldest for ${Math.floor(oldestMs / 1000)} s`]
        : []),
    ];
  }

  #tell(): void {
    const reasons = this.degraded();
    const isDegraded = reasons.length > 0;
    if (isDegraded && !this.#isDegraded)
      this.deps.log.warn({ event: 'history_degraded', ...this.levels }, reasons.join('; '));
    if (!isDegraded && this.#isDegraded) this.deps.log.info({ event: 'history_recovered', ...this.levels });
    this.#isDegraded = isDegraded;
  }

  async #readStreams(): Promise<Omit<StreamLevels, 'deadLetters'>> {
    this.#manager ??= await jetstreamManager(this.deps.connection, { checkAPI: false });
    const { streams } = this.#manager;
    const [messages, receipts] = await Promise.all([
      streams.info(messageStream.stream),
      streams.info(receiptStream.stream),
    ]);
    const nowMs = this.deps.now();
    return {
      backlog: messages.state.messages,
      receipts: receipts.state.messages,
      oldestMs: oldestMs(messages, nowMs),
      fill: Math.max(fillOf(messages, nowMs), fillOf(receipts, nowMs)),
    };
  }
}

function oldestMs({ state }: StreamInfo, nowMs: number): number {
  return state.messages === 0 ? 0 : Math.max(0, nowMs - Date.parse(state.first_ts));
}

function fillOf(info: StreamInfo, nowMs: number): number {
  const { max_bytes = -1, max_msgs = -1, max_age = 0 } = info.config;
  return Math.max(
    max_bytes > 0 ? info.state.bytes / max_bytes : 0,
    max_msgs > 0 ? info.state.messages / max_msgs : 0,
    max_age > 0 ? oldestMs(info, nowMs) / (max_age / 1_000_000) : 0,
  );
}
