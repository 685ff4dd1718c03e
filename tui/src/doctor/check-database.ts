import type { Finding } from './finding.js';
import type { Patient } from './patient.js';

/** Whether there is a database. */
export async function checkDatabase({ metrics }: Patient): Promise<Finding> {
  const check = 'database';
  const answer = await metrics;
  if ('failure' in answer) return { check, verdict: 'unknown', detail: 'no registry to ask' };
  if (answer.reply.store_enabled) {
    return { check, verdict: 'ok', detail: 'in use; this registry does not tell its durability settings' };
  }
  return {
    check,
    verdict: 'failure',
    detail: 'the registry keeps everything in memory',
    fix: 'Give it a database: DATABASE_URL, or `agentnet up`.',
  };
}
