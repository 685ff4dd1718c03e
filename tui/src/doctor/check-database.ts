import { type JsonValue, limits } from '@agentnet/protocol';
import { safeJson } from '../text/sanitize.js';
import type { Finding } from './finding.js';
import type { Patient } from './patient.js';

/** Whether there is a database, and whether what it has confirmed survives a power cut, as far as the registry tells. */
export async function checkDatabase({ metrics }: Patient): Promise<Finding> {
  const check = 'database';
  const answer = await metrics;
  if ('failure' in answer) return { check, verdict: 'unknown', detail: 'no registry to ask' };
  if (!answer.reply.store_enabled) {
    return {
      check,
      verdict: 'failure',
      detail: 'the registry keeps everything in memory',
      fix: 'Give it a database: DATABASE_URL, or `agentnet up`.',
    };
  }
  const told = durabilityOf(answer.reply);
  if (told.length === 0) {
    return { check, verdict: 'ok', detail: 'in use; this registry does not tell its durability settings' };
  }
  const detail = `in use, ${told.map(([name, value]) => `${name} ${safeJson(value)}`).join(', ')}`;
  const isRelaxed = told.some(([, value]) => value === false || value === 'off' || value === 'relaxed');
  return isRelaxed
    ? {
        check,
        verdict: 'warning',
        detail,
        fix: 'Confirmed messages can be lost in a power cut: turn fsync and synchronous_commit on.',
      }
    : { check, verdict: 'ok', detail };
}

/** Whether history is written, and nothing was lost. */
export async function checkWriter({ metrics }: Patient): Promise<Finding> {
  const check = 'history writer';
  const answer = await metrics;
  if ('failure' in answer) return { check, verdict: 'unknown', detail: 'no registry to ask' };
  const { enabled, size, overflow_count, batch_size } = answer.reply.db_write_queue;
  if (!enabled) {
    return {
      check,
      verdict: 'failure',
      detail: 'no messages are recorded',
      fix: 'Start the registry with a database and history.',
    };
  }
  const detail = `${size} captured messages wait, ${overflow_count} could not be kept`;
  if (overflow_count > 0) {
    return {
      check,
      verdict: 'failure',
      detail,
      fix: "Look at the registry's log for why; its database or stream was full or away.",
    };
  }
  if (size > Math.max(batch_size, limits.historyBatchMaxMessages)) {
    return {
      check,
      verdict: 'warning',
      detail,
      fix: 'The database does not keep up; see db.persist_batch in `agentnet metrics`.',
    };
  }
  return { check, verdict: 'ok', detail };
}

/** Whether messages had to be set aside because they could not be recorded. */
export async function checkDeadLetters({ metrics }: Patient): Promise<Finding> {
  const check = 'dead letters';
  const answer = await metrics;
  if ('failure' in answer) return { check, verdict: 'unknown', detail: 'no registry to ask' };
  const counts = factsIn(answer.reply).filter(
    (fact): fact is [string, number] => /dead_letter/.test(fact[0]) && typeof fact[1] === 'number',
  );
  if (counts.length === 0) {
    const detail =
      'this registry does not tell here; its Prometheus page has agentnet_registry_history_dead_letters_total';
    return { check, verdict: 'unknown', detail };
  }
  const detail = counts.map(([name, count]) => `${name} ${count}`).join(', ');
  if (counts.every(([, count]) => count === 0)) return { check, verdict: 'ok', detail };
  return {
    check,
    verdict: 'warning',
    detail,
    fix: 'Somebody sends what is no message: see table agent_dead_letters, and `agentnet watch` for what is unreadable.',
  };
}

function durabilityOf(reply: object): [string, JsonValue][] {
  return factsIn(reply).filter(([name]) => /(^|\.)(durab\w*|fsync|synchronous_commit|full_page_writes)$/.test(name));
}

/** Registries of other versions tell more, or in other places: every fact by its dotted name, two levels deep. */
function factsIn(reply: object): [string, JsonValue][] {
  return Object.entries(reply).flatMap(([name, value]: [string, JsonValue]) =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? Object.entries(value).map(([inner, fact]): [string, JsonValue] => [`${name}.${inner}`, fact])
      : [[name, value] as [string, JsonValue]],
  );
}
