import type { RegistryDeps } from '../deps.js';
import { expireSilentSessions } from '../presence/expire-sessions.js';
import { addWords } from './add-words.js';
import { pruneOld } from './prune.js';
import { type Repetition, repeat } from './repeat.js';

const PRUNE_INTERVAL_MS = 3_600_000;

/** Starts the registry's housekeeping: silent sessions every `gcIntervalSeconds`, what is past its retention every hour. */
export function startCleanUp(deps: RegistryDeps): Repetition {
  let pruneAtMs = deps.now();
  const run = async () => {
    await expireSilentSessions(deps);
    await addWords(deps);
    if (deps.now() < pruneAtMs) return;
    const { more } = await pruneOld(deps);
    if (!more) pruneAtMs = deps.now() + PRUNE_INTERVAL_MS;
  };
  return repeat(run, {
    intervalMs: deps.config.gcIntervalSeconds * 1000,
    onError: (err) => deps.log.error({ event: 'clean_up_failed', err }, 'trying again at the next interval'),
  });
}
