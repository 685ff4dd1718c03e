import { limits, type WriteQueueMetrics } from '@agentnet/protocol';
import { spanText } from '../layout/clock-text.js';
import type { Finding } from './finding.js';
import type { Patient } from './patient.js';

const readLog = "Look at the registry's log for why, and mend that: its database or stream was full or away.";
const slowDatabase = 'The database does not keep up or is away; see db.persist_batch in `agentnet metrics`.';

/** Whether history is written soon, and nothing was lost. */
export async function checkWriter({ metrics }: Patient): Promise<Finding> {
  const check = 'history writer';
  const answer = await metrics;
  if ('failure' in answer) return { check, verdict: 'unknown', detail: 'no registry to ask' };
  const queue = answer.reply.db_write_queue;
  if (!queue.enabled) {
    return {
      check,
      verdict: 'failure',
      detail: 'no messages are recorded',
      fix: 'Start the registry with a database and history.',
    };
  }
  const detail = `${queue.size} captured messages wait${lagText(queue)}, ${queue.overflow_count} could not be kept`;
  if (queue.overflow_count > 0) return { check, verdict: 'failure', detail, fix: readLog };
  return isLate(queue) ? { check, verdict: 'warning', detail, fix: slowDatabase } : { check, verdict: 'ok', detail };
}

/** Registries of the protocol's first version tell neither age nor backlog. */
function lagText({ oldest_ms }: WriteQueueMetrics): string {
  return oldest_ms === undefined || oldest_ms === 0 ? '' : `, the oldest for ${spanText(oldest_ms)}`;
}

function isLate({ size, max, batch_size, oldest_ms = 0 }: WriteQueueMetrics): boolean {
  const isNearBound = max > 0 && (size / max) * 100 >= limits.historyFillWarnPercent;
  return (
    isNearBound ||
    oldest_ms >= limits.historyOldestWarnMs ||
    size > Math.max(batch_size, limits.historyBatchMaxMessages)
  );
}

/** Whether messages had to be set aside because they could not be recorded. */
export async function checkDeadLetters({ metrics }: Patient): Promise<Finding> {
  const check = 'dead letters';
  const answer = await metrics;
  if ('failure' in answer) return { check, verdict: 'unknown', detail: 'no registry to ask' };
  const { dead_letters, dead_letters_refused = 0 } = answer.reply.db_write_queue;
  if (dead_letters === undefined) {
    return { check, verdict: 'unknown', detail: 'this registry does not count them' };
  }
  if (dead_letters_refused > 0) {
    return {
      check,
      verdict: 'failure',
      detail: `${dead_letters} set aside, and ${dead_letters_refused} more lost for want of room`,
      fix: 'Look at them with `agentnet-registry dead-letters list`, then make room with `dead-letters retry` or `dead-letters discard all`.',
    };
  }
  if (dead_letters > 0) {
    return {
      check,
      verdict: 'warning',
      detail: `${dead_letters} set aside, because they could not be recorded`,
      fix: '`agentnet-registry dead-letters list` tells why each was; `dead-letters retry` tries them again, `dead-letters discard` removes them.',
    };
  }
  return { check, verdict: 'ok', detail: 'none' };
}
