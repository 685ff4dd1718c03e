import type { Logger } from 'pino';
import type { Database } from '../store/database.js';
import { DatabaseError } from '../store/database-error.js';
import { type HeardHello, refreshSessions, restoreSessions } from '../store/hellos.js';
import { openSession } from '../store/open-session.js';
import { retryConflicts } from '../store/retry-conflicts.js';

export interface WriteHellosOptions {
  readonly database: Database;
  readonly serverId: string;
  readonly log: Logger;
  /** With dev auth: a hello is taken from the session it names only, and none makes or changes an account. */
  readonly checkSignatures: boolean;
}

/**
 * Writes hellos of different sessions: one statement for those on record, one for those whose account is, the rest one by one.
 *
 * @throws {DatabaseError} when the database is away; all of them may be written again
 */
export async function writeHellos(options: WriteHellosOptions, hellos: readonly HeardHello[]): Promise<void> {
  const { database } = options;
  const known = await retryConflicts(() => refreshSessions(database, hellos, options));
  const unknown = hellos.filter((hello) => !known.has(hello.session_tag));
  if (unknown.length === 0) return;
  const restored = await retryConflicts(() => restoreSessions(database, unknown, options));
  for (const hello of unknown) {
    if (!restored.has(hello.session_tag)) await restoreWithAccount(options, hello);
  }
  options.log.info({ event: 'sessions_restored', count: unknown.length });
}

/** One hello the database refuses must not keep the others waiting for ever. */
async function restoreWithAccount(
  { database, serverId, log, checkSignatures }: WriteHellosOptions,
  hello: HeardHello,
): Promise<void> {
  if (checkSignatures) {
    log.warn(
      { event: 'hello_dropped', session_tag: hello.session_tag },
      'its account is not on record or did not sign it; only a signed registration makes one',
    );
    return;
  }
  const claim = {
    accountId: hello.account_id,
    username: hello.username,
    profile: hello.profile,
    nowMs: hello.seenAtMs,
  };
  try {
    await retryConflicts(() => openSession(database, claim, { ...hello, server_id: serverId }));
  } catch (cause) {
    if (cause instanceof DatabaseError && cause.fault === 'unavailable') throw cause;
    log.error({ event: 'hello_dropped', session_tag: hello.session_tag, err: cause });
  }
}
