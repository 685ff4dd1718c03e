import { setTimeout as pause } from 'node:timers/promises';
import { limits, type WriteQueueMetrics } from '@agentnet/protocol';
import { AgentNetError } from '@agentnet/sdk/transport';
import type { NatsConnection } from '@nats-io/nats-core';
import type { RegistryDeps } from '../deps.js';
import { repeat } from '../jobs/repeat.js';
import { BatchWriter } from './batch-writer.js';
import { Bridge } from './bridge.js';
import {
  type FeedCounters,
  HistoryCounters,
  type HistoryState,
  historyState,
  ReceiptCounters,
  writeQueueMetrics,
} from './counters.js';
import { LossLedger } from './loss-ledger.js';
import { PullFeed, type StreamFeed } from './pull-feed.js';
import { Pump } from './pump.js';
import { ReceiptWriter } from './receipt-writer.js';
import { BucketReplicas } from './replicate-buckets.js';
import { type CaptureStream, canPass, ensureStream, messageStream, receiptStream } from './stream.js';
import { maxWaiting, subscribeFeed } from './subscribe-feed.js';
import { tapPlainInboxes } from './tap.js';
import { StreamWatch } from './watch-streams.js';

export type { HistoryState } from './counters.js';

export interface HistoryDeps extends Pick<RegistryDeps, 'database' | 'config' | 'now' | 'log' | 'metrics'> {
  /** Its inboxes must lie outside `_INBOX.>`, or the history records its own traffic for ever. */
  readonly connection: NatsConnection;
  /** @default limits.historyAckWaitMs */
  readonly ackWaitMs?: number;
  /** @default limits.historyStartWaitMs */
  readonly startWaitMs?: number;
}

export interface RunningHistory {
  /** Writes what has arrived, unless the database is away: then it stays in the stream. */
  stop(): Promise<void>;
  metrics(): WriteQueueMetrics;
  state(): HistoryState;
  deadLetters(): number;
  /** Whether the writers are at work; false between a failure and the next start. */
  isAlive(): boolean;
  /** What the operator should see to before something is lost; empty when all is well. */
  degraded(): string[];
  /** Looks at the streams at once instead of in `historyWatchMs`. */
  look(): Promise<void>;
  /** Resolves when a writer could not be started again for good. */
  readonly failed: Promise<AgentNetError>;
}

/** A database that does not come back must not keep a stopping registry waiting. */
const stopTimeoutMs = 3000;

/**
 * Records every message and receipt that passes, from the first one after this resolves, and before it those the streams still hold.
 *
 * @throws {AgentNetError} `history_unavailable`
 */
export async function startHistory(deps: HistoryDeps): Promise<RunningHistory> {
  const { connection, config, log } = deps;
  const isDurable = config.historyCapture === 'jetstream';
  const counters = { messages: new HistoryCounters(), receipts: new ReceiptCounters() };
  const outOfPatience = new AbortController();
  const { signal } = outOfPatience;
  const flows = {
    messages: flowOf(deps, counters.messages, signal),
    receipts: flowOf(deps, counters.receipts, signal),
  };
  const pumps = await openPumps(deps, flows);
  const isCluster = isDurable && config.historyReplicas > 1;
  const bridges = isCluster ? openBridges(deps, flows) : [];
  const tap = tapPlainInboxes(connection, {
    prefixes: config.historyInboxPrefixes,
    counters: counters.messages,
    log,
  });
  await connection.flush();
  const running = Promise.all(pumps.map((pump) => pump.run()));
  const watch = new StreamWatch(deps, isDurable);
  const buckets = new BucketReplicas(deps);
  const look = async () => {
    await watch.look();
    if (isCluster) await buckets.look();
  };
  const watching = repeat(look, { intervalMs: limits.historyWatchMs, onError: () => {} });
  const standing = () => ({ ...counters, levels: watch.levels });
  return {
    async stop() {
      await watching.stop();
      for (const subscription of tap) subscription.unsubscribe();
      for (const pump of pumps) pump.stop();
      const counted = Object.values(flows).map(({ losses }) => losses.settled());
      const crossed = bridges.map((bridge) => bridge.stop());
      await settledWithin(stopTimeoutMs, Promise.all([running, ...counted, ...crossed]));
      outOfPatience.abort();
      await settledWithin(stopTimeoutMs, running);
      if (!connection.isClosed()) await settledWithin(stopTimeoutMs, connection.flush());
    },
    metrics: () => writeQueueMetrics(standing(), isDurable ? 0 : maxWaiting),
    state: () => historyState(standing(), config.historyCapture),
    deadLetters: () => counters.messages.dead,
    isAlive: () => pumps.every(({ isAlive }) => isAlive),
    degraded: () => watch.degraded(),
    look,
    failed: running.then(
      () => new Promise<never>(() => {}),
      (cause: unknown) =>
        new AgentNetError('history_unavailable', 'the history writer cannot be started again', { cause }),
    ),
  };
}

/** Also returns when `work` failed: whoever stops has no use for it. */
async function settledWithin(ms: number, work: Promise<unknown>): Promise<void> {
  const ended = new AbortController();
  const end = () => ended.abort();
  await Promise.race([work.then(end, end), pause(ms, undefined, { signal: ended.signal }).catch(() => {})]);
}

/** What one stream's way into the database shares. */
interface Flow<Counters extends FeedCounters = FeedCounters> {
  readonly counters: Counters;
  readonly losses: LossLedger;
  readonly signal: AbortSignal;
}

function flowOf<Counters extends FeedCounters>(
  deps: HistoryDeps,
  counters: Counters,
  signal: AbortSignal,
): Flow<Counters> {
  return { counters, signal, losses: new LossLedger({ ...deps, counters, signal }) };
}

interface Flows {
  readonly messages: Flow<HistoryCounters>;
  readonly receipts: Flow<ReceiptCounters>;
}

function openPumps(deps: HistoryDeps, { messages, receipts }: Flows): Promise<Pump[]> {
  const { connection, log, startWaitMs: waitMs = limits.historyStartWaitMs } = deps;
  const isPassing = (cause: unknown) => cause instanceof AgentNetError && canPass(cause.cause, connection);
  const readiness = { isPassing, waitMs, log };
  const isDurable = deps.config.historyCapture === 'jetstream';
  const receiptWriter = new ReceiptWriter({ ...deps, ...receipts });
  return Promise.all([
    Pump.open({
      ...deps,
      ...messages,
      isDurable,
      readiness,
      name: 'db.persist_batch',
      openFeed: feedOpener(deps, messageStream, messages),
      sink: new BatchWriter({ ...deps, ...messages, receipts: receiptWriter }),
    }),
    Pump.open({
      ...deps,
      ...receipts,
      isDurable,
      readiness,
      name: 'db.persist_receipts',
      openFeed: feedOpener(deps, receiptStream, receipts),
      sink: receiptWriter,
    }),
  ]);
}

/** They write beside the pumps, and their counts are added to those when they are done. */
function openBridges(deps: HistoryDeps, { messages }: Flows): Bridge[] {
  const own = { messages: new HistoryCounters(), receipts: new ReceiptCounters() };
  const { signal } = messages;
  const receiptWriter = new ReceiptWriter({ ...deps, signal, counters: own.receipts });
  return [
    new Bridge({
      ...deps,
      stream: messageStream,
      sink: new BatchWriter({ ...deps, signal, counters: own.messages, receipts: receiptWriter }),
      counters: own.messages,
      onRecorded: (count) => {
        messages.counters.written += count;
      },
    }) as Bridge,
    new Bridge({
      ...deps,
      stream: receiptStream,
      sink: receiptWriter,
      counters: own.receipts,
      onRecorded: () => {},
    }) as Bridge,
  ];
}

function feedOpener(deps: HistoryDeps, stream: CaptureStream, { counters, losses }: Flow): () => Promise<StreamFeed> {
  const { connection, config, ackWaitMs = limits.historyAckWaitMs } = deps;
  if (config.historyCapture === 'tap') return async () => subscribeFeed(deps, stream.subjects, counters);
  return async () => {
    const source = await ensureStream(connection, stream, { ackWaitMs, limits: config });
    return new PullFeed(connection, source, { counters, losses });
  };
}
