import type { RegistryDeps } from '../deps.js';
import { wordsOfPayload } from '../domain/words.js';
import { addMissingWords, wordsBatch } from '../store/missing-words.js';
import { runExclusively } from './run-exclusively.js';

/** Batches of one run: a long backlog must not keep the other jobs waiting. */
const BATCHES = 20;

/** Makes messages that an older registry recorded findable by their words. */
export async function addWords({ database, log }: Pick<RegistryDeps, 'database' | 'log'>): Promise<void> {
  let count = 0;
  for (let batch = 0; batch < BATCHES; batch += 1) {
    const added = await runExclusively(database, 'add-words', (tx) =>
      addMissingWords(tx, (payloadText) => wordsOfPayload(JSON.parse(payloadText))),
    );
    count += added ?? 0;
    if ((added ?? 0) < wordsBatch) break;
  }
  if (count > 0) log.info({ event: 'words_added', count });
}
