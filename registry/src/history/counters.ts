import { limits, type WriteQueueMetrics } from '@agentnet/protocol';
import type { HistoryCapture } from '../options.js';

/** What the history of this process did and where it stands. */
export class HistoryCounters {
  written = 0;
  /** Repeated deliveries and ids that were already on record. */
  repeated = 0;
  /** Messages without an id. */
  unrecorded = 0;
  dead = 0;
  /** Lost because memory was full; only without JetStream. */
  dropped = 0;
  tapped = 0;
  /** Replies the tap found and could not read or pass on. */
  tapFailures = 0;
  /** Captured and not yet handed to this process, or any other. */
  ahead = 0;
  /** Handed to this process and not yet written. */
  inHand = 0;
  /** Times the writer had to be started again. */
  restarts = 0;
  /** Empty while the writer gets on. */
  lastError = '';
}

/** For the operator's eyes: `lastError` can name hosts. What clients may see is `WriteQueueMetrics`. */
export interface HistoryState extends Omit<HistoryCounters, 'ahead' | 'inHand'> {
  readonly capture: HistoryCapture;
  /** Captured and not yet written. */
  readonly pending: number;
}

export function historyState({ ahead, inHand, ...totals }: HistoryCounters, capture: HistoryCapture): HistoryState {
  return { ...totals, capture, pending: ahead + inHand };
}

/** @param maxPending - Bound of the messages waiting; 0 leaves it to the stream. */
export function writeQueueMetrics({ ahead, inHand, dropped }: HistoryCounters, maxPending: number): WriteQueueMetrics {
  return {
    enabled: true,
    size: ahead + inHand,
    max: maxPending,
    batch_size: limits.historyBatchMaxMessages,
    flush_ms: limits.historyFlushMs,
    overflow_count: dropped,
  };
}
