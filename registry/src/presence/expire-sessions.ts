import type { RegistryDeps } from '../deps.js';
import { runExclusively } from '../jobs/run-exclusively.js';
import { expireSessions } from '../store/sessions.js';
import { onlineCutoffMs } from './online-cutoff.js';

/**
 * Marks sessions that were not heard within the time to live. Queries judge by age and do not need the mark; it keeps their indexes
 * small and starts the retention period.
 */
export async function expireSilentSessions(deps: RegistryDeps): Promise<void> {
  await deps.presence.flush();
  const count = await runExclusively(deps.database, 'expire-sessions', (tx) =>
    expireSessions(tx, onlineCutoffMs(deps)),
  );
  if (count) deps.log.info({ event: 'sessions_expired', count });
}
