import { limits, type Receipt } from '@agentnet/protocol';
import type { AgentMetrics } from '../metrics/agent-metrics.js';
import type { AwaitedReceipt } from './await-receipt.js';

/** How one message is published until its receipt arrives. */
export interface RetryPlan {
  /** Publishes after the first one. */
  readonly attempts: number;
  readonly receiptTimeoutMs: number;
  readonly metrics: AgentMetrics;
  /** Called before publish number `attempt`, from the second on. */
  onRetry(attempt: number): void;
  /** Publishes the identical bytes; false when the connection was down, so that nothing was sent. */
  publish(): boolean;
}

/** What the attempts led to. */
export interface RetryOutcome {
  readonly receipt: Receipt | undefined;
  /** Publishes that reached the connection. */
  readonly published: number;
}

/** Publishes, waits, pauses and publishes again until a usable receipt arrives or the attempts are used up. */
export async function publishUntilReceipt(plan: RetryPlan, { receipt }: AwaitedReceipt): Promise<RetryOutcome> {
  let published = 0;
  for (let attempt = 0; attempt <= plan.attempts; attempt++) {
    if (attempt > 0) {
      // The receipt of the publish before may still arrive during the pause.
      const late = await receipt.within(backoffMs(attempt));
      if (late) return { receipt: late, published };
      plan.metrics.counters.retry_count++;
      plan.onRetry(attempt + 1);
    }
    if (plan.publish()) published++;
    const first = await receipt.within(plan.receiptTimeoutMs);
    if (first) return { receipt: first, published };
    plan.metrics.counters.receipt_timeout_count++;
  }
  return { receipt: undefined, published };
}

function backoffMs(attempt: number): number {
  return Math.min(limits.sendRetryBackoffMs * attempt, limits.sendRetryBackoffMaxMs);
}
