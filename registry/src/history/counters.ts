import { limits, type WriteQueueMetrics } from '@agentnet/protocol';
import type { HistoryCapture } from '../options.js';
import type { StreamLevels } from './watch-streams.js';

/** Where one flow from a stream into the database stands, in this process. */
export class FeedCounters {
  /** Captured and not yet handed to the writer of this process, or of any other. */
  ahead = 0;
  /** Handed to the writer and not yet written. */
  inHand = 0;
  /** Gone before they were on record: the stream, or without one the memory, was full. */
  dropped = 0;
  /** What is over with, whatever became of it. */
  settled = 0;
  /** Times the writer had to be started again. */
  restarts = 0;
  /** Empty while the writer gets on. */
  lastError = '';
}

/** What the history of this process did and where it stands. */
export class HistoryCounters extends FeedCounters {
  written = 0;
  /** Repeated deliveries and ids that were already on record. */
  repeated = 0;
  /** Messages without an id. */
  unrecorded = 0;
  dead = 0;
  /** Dead letters there was no room for. */
  deadRefused = 0;
  tapped = 0;
  /** Replies the tap found and could not read or pass on. */
  tapFailures = 0;
}

export class ReceiptCounters extends FeedCounters {
  written = 0;
  /** Malformed, of nobody, or of an unknown status. */
  odd = 0;
}

/** For the operator's eyes: `lastError` can name hosts. What clients may see is `WriteQueueMetrics`. */
export interface HistoryState extends Omit<HistoryCounters, 'ahead' | 'inHand' | 'settled'> {
  readonly capture: HistoryCapture;
  /** Captured and not yet written. */
  readonly pending: number;
  readonly receipts: { readonly pending: number } & Pick<ReceiptCounters, 'written' | 'odd' | 'dropped' | 'lastError'>;
  readonly levels: StreamLevels;
}

interface Standing {
  readonly messages: HistoryCounters;
  readonly receipts: ReceiptCounters;
  readonly levels: StreamLevels;
}

export function historyState({ messages, receipts, levels }: Standing, capture: HistoryCapture): HistoryState {
  const { ahead, inHand, settled: _, ...totals } = messages;
  const { written, odd, dropped, lastError } = receipts;
  return {
    ...totals,
    capture,
    pending: ahead + inHand,
    receipts: { pending: receipts.ahead + receipts.inHand, written, odd, dropped, lastError },
    levels,
  };
}

/** @param maxPending - Bound of the messages waiting; 0 leaves it to the stream. */
export function writeQueueMetrics({ messages, receipts, levels }: Standing, maxPending: number): WriteQueueMetrics {
  return {
    enabled: true,
    size: messages.ahead + messages.inHand,
    max: maxPending,
    batch_size: limits.historyBatchMaxMessages,
    flush_ms: limits.historyFlushMs,
    overflow_count: messages.dropped,
    backlog: levels.backlog,
    oldest_ms: levels.oldestMs,
    fill: levels.fill,
    receipts: Math.max(levels.receipts, receipts.ahead + receipts.inHand),
    dead_letters: levels.deadLetters,
    dead_letters_refused: messages.deadRefused,
  };
}
