import { setTimeout as pause } from 'node:timers/promises';
import { limits, type WriteQueueMetrics } from '@agentnet/protocol';
import { AgentNetError } from '@agentnet/sdk/transport';
import type { NatsConnection } from '@nats-io/nats-core';
import type { RegistryDeps } from '../deps.js';
import { BatchWriter } from './batch-writer.js';
import { batches } from './batches.js';
import { consumeStream, type StreamFeed } from './consume-stream.js';
import { HistoryCounters, type HistoryState, historyState, writeQueueMetrics } from './counters.js';
import { ensureStream } from './stream.js';
import { maxWaiting, subscribeFeed } from './subscribe-feed.js';
import { superviseWriter } from './supervise-writer.js';
import { tapPlainInboxes } from './tap.js';

export type { HistoryState } from './counters.js';

export interface HistoryDeps extends Pick<RegistryDeps, 'database' | 'config' | 'now' | 'log' | 'metrics'> {
  /** Its inboxes must lie outside `_INBOX.>`, or the history records its own traffic for ever. */
  readonly connection: NatsConnection;
  /** @default limits.historyAckWaitMs */
  readonly ackWaitMs?: number;
}

export interface RunningHistory {
  /** Writes what has arrived, unless the database is away: then it stays in the stream. */
  stop(): Promise<void>;
  metrics(): WriteQueueMetrics;
  state(): HistoryState;
  deadLetters(): number;
  /** Whether the writer is at work; false between a failure and the next start. */
  isAlive(): boolean;
  /** Resolves when the writer could not be started again for good. */
  readonly failed: Promise<AgentNetError>;
}

/** A database that does not come back must not keep a stopping registry waiting. */
const stopTimeoutMs = 3000;

/**
 * Records every message that passes, from the first one after this resolves, and before it those the stream still holds.
 *
 * @throws {AgentNetError} `history_unavailable`
 */
export async function startHistory(deps: HistoryDeps): Promise<RunningHistory> {
  const { connection, config, log } = deps;
  const counters = new HistoryCounters();
  const stopping = new AbortController();
  const outOfPatience = new AbortController();
  const openFeed = feedOpener(deps, counters);
  let feed: StreamFeed | undefined = await openFeed();
  const measure = () => feed?.measure();
  const writer = new BatchWriter({ ...deps, counters, measure, signal: outOfPatience.signal });
  const tap = tapPlainInboxes(connection, counters, log);
  await connection.flush();

  const writeFeed = async () => {
    feed ??= await openFeed();
    try {
      if (stopping.signal.aborted) feed.close();
      await writeAll(feed, writer);
    } finally {
      feed.measure();
      feed.close();
      feed = undefined;
      // Without a stream nobody else has what this process had taken.
      if (config.historyCapture === 'tap') counters.dropped += counters.inHand + counters.ahead;
      counters.inHand = 0;
    }
    if (!stopping.signal.aborted) throw new AgentNetError('history_unavailable', 'the history stream ended');
  };
  let seen = 0;
  const running = superviseWriter(writeFeed, {
    signal: stopping.signal,
    hasProgressed: () => {
      const before = seen;
      seen = counters.written + counters.repeated + counters.dead + counters.unrecorded;
      return seen > before;
    },
    onFailure(cause) {
      counters.restarts += 1;
      counters.lastError = cause instanceof Error ? cause.message : String(cause);
      log.error({ event: 'history_writer_restarts', err: cause });
    },
  });
  const maxPending = config.historyCapture === 'tap' ? maxWaiting : 0;
  return {
    async stop() {
      stopping.abort();
      tap.unsubscribe();
      feed?.close();
      await settledWithin(stopTimeoutMs, running);
      outOfPatience.abort();
      if (!connection.isClosed()) await settledWithin(stopTimeoutMs, connection.flush());
    },
    metrics: () => writeQueueMetrics(counters, maxPending),
    state: () => historyState(counters, config.historyCapture),
    deadLetters: () => counters.dead,
    isAlive: () => feed !== undefined,
    failed: running.then(
      () => new Promise<never>(() => {}),
      (cause: unknown) =>
        new AgentNetError('history_unavailable', 'the history writer cannot be started again', { cause }),
    ),
  };
}

/** One batch is being written while the next one is collected and read. */
async function writeAll(feed: StreamFeed, writer: BatchWriter): Promise<void> {
  let writing = Promise.resolve();
  try {
    for await (const batch of batches(feed)) {
      const read = writer.read(batch);
      await writing;
      writing = writer.write(read);
      // Its failure is met at the next turn, or below.
      writing.catch(() => {});
    }
  } finally {
    await writing;
  }
}

/** Also returns when `work` failed: whoever stops has no use for it. */
async function settledWithin(ms: number, work: Promise<void>): Promise<void> {
  const ended = new AbortController();
  const end = () => ended.abort();
  await Promise.race([work.then(end, end), pause(ms, undefined, { signal: ended.signal }).catch(() => {})]);
}

function feedOpener(deps: HistoryDeps, counters: HistoryCounters): () => Promise<StreamFeed> {
  const { connection, config, ackWaitMs = limits.historyAckWaitMs } = deps;
  if (config.historyCapture === 'tap') return async () => subscribeFeed(deps, counters);
  return async () => {
    await ensureStream(connection, { ackWaitMs });
    return consumeStream(connection, counters);
  };
}
