import { limits } from '@agentnet/protocol';
import type { RegistryDeps } from '../deps.js';
import type { Database } from '../store/database.js';
import { pruneDeadLetters } from '../store/dead-letters.js';
import { pruneNonces } from '../store/nonces.js';
import { pruneReceipts } from '../store/receipts.js';
import { pruneSessions } from '../store/sessions.js';
import { eraseMessages, pruneThreads } from '../store/threads.js';
import { runExclusively } from './run-exclusively.js';

const DAY_MS = 86_400_000;
/** Batches of one run: a huge thread must not keep the other jobs waiting. */
const ERASURES = 20;

/** Deletes one batch each of what is past its retention. `more` when another batch may be waiting. */
export async function pruneOld({ database, config, now, log }: RegistryDeps): Promise<{ more: boolean }> {
  const counts = await runExclusively(database, 'prune', async (tx) => ({
    sessions: await pruneSessions(tx, now() - config.sessionRetentionDays * DAY_MS),
    threads: await pruneThreads(tx, now() - config.threadRetentionDays * DAY_MS),
    nonces: await pruneNonces(tx, now() - config.devAuthNonceTtlSeconds * 1000),
    receipts: await pruneReceipts(tx, now() - config.threadRetentionDays * DAY_MS),
    deadLetters: await pruneDeadLetters(tx, now() - config.threadRetentionDays * DAY_MS),
  }));
  if (!counts) return { more: false };
  const messages = await eraseInBatches(database);
  if (messages > 0 || Object.values(counts).some((count) => count > 0))
    log.info({ event: 'pruned', ...counts, messages });
  const more =
    counts.threads >= limits.threadPruneBatch ||
    messages >= ERASURES * limits.messagePruneBatch ||
    counts.receipts >= limits.receiptPruneBatch ||
    Math.max(counts.sessions, counts.nonces) >= limits.rowPruneBatch;
  return { more };
}

/** Each batch is a transaction of its own, so that nothing waits long for its locks. */
async function eraseInBatches(database: Database): Promise<number> {
  let count = 0;
  for (let batch = 0; batch < ERASURES; batch += 1) {
    const erased = (await runExclusively(database, 'prune', eraseMessages)) ?? 0;
    count += erased;
    if (erased < limits.messagePruneBatch) break;
  }
  return count;
}
