import { type JsonObject, limits } from '@agentnet/protocol';
import { wireTime } from '../domain/wire-time.js';
import { type Queryable, timestampText } from './database.js';
import { isBySession, type PresenceSignature } from './presence-signature.js';

/** One goodbye. */
export interface HeardGoodbye {
  readonly session_tag: string;
  readonly seenAtMs: number;
  readonly signed: PresenceSignature | undefined;
}

/**
 * Ends a session. A tag nobody has is harmless, and so is a goodbye that somebody else signed.
 *
 * The session may return with a hello that arrives later; `refreshSessions` says how much later.
 */
export async function endSession(
  db: Queryable,
  { session_tag, seenAtMs, signed }: HeardGoodbye,
  checkSignatures: boolean,
): Promise<void> {
  await db.query(
    `UPDATE agent_sessions s
     SET status = 'offline', disconnected_at = $2::timestamptz, signed_at = coalesce($6::timestamptz, s.signed_at)
     FROM (SELECT $4::text AS account_id, $5::text AS public_key, $6::timestamptz AS signed_at, $2::timestamptz AS seen_at) h
     WHERE s.session_tag = $1 AND s.status = 'online' AND (NOT $3::boolean OR ${isBySession})`,
    [
      session_tag,
      wireTime(seenAtMs),
      checkSignatures,
      signed?.accountId ?? null,
      signed?.publicKey ?? null,
      signed?.signedAt ?? null,
    ],
  );
}

/**
 * Marks what has not been heard since `cutoffMs`. The end is stamped with the last sign of life, so that any later hello, also one
 * another registry still holds, brings the session back.
 */
export async function expireSessions(db: Queryable, cutoffMs: number): Promise<number> {
  const rows = await db.query(
    `UPDATE agent_sessions SET status = 'offline', disconnected_at = last_seen
     WHERE status = 'online' AND last_seen < $1::timestamptz
     RETURNING 1`,
    [wireTime(cutoffMs)],
  );
  return rows.length;
}

/** Deletes one batch of the sessions that ended and were last heard before an instant; returns how many. */
export async function pruneSessions(db: Queryable, beforeMs: number): Promise<number> {
  const sql = `
    DELETE FROM agent_sessions WHERE session_tag IN (
      SELECT session_tag FROM agent_sessions WHERE status = 'offline' AND last_seen < $1::timestamptz
      ORDER BY last_seen LIMIT $2 FOR UPDATE SKIP LOCKED
    ) RETURNING 1`;
  return (await db.query(sql, [wireTime(beforeMs), limits.rowPruneBatch])).length;
}

export interface ListedSession {
  readonly agent_id: string;
  readonly name: string;
  readonly capabilities: string[];
  readonly metadata: JsonObject;
  readonly account_id: string | null;
  readonly username: string | null;
  readonly session_tag: string;
  readonly last_seen: string;
}

/** Online sessions after the key, by agent id, then tag. The username is the account's present one. */
export async function listSessions(
  db: Queryable,
  { cutoffMs, after, count }: { cutoffMs: number; after: readonly [string, string] | undefined; count: number },
): Promise<ListedSession[]> {
  return db.query<ListedSession>(
    `SELECT s.agent_id, s.name, s.capabilities, s.metadata, s.account_id, coalesce(a.username, s.username) AS username,
            s.session_tag, ${timestampText('s.last_seen')} AS last_seen
     FROM agent_sessions s LEFT JOIN agent_accounts a ON a.account_id = s.account_id
     WHERE s.status = 'online' AND s.last_seen >= $1::timestamptz
       AND ($2::text IS NULL OR (s.agent_id, s.session_tag) > ($2, $3))
     ORDER BY s.agent_id, s.session_tag
     LIMIT $4::int`,
    [wireTime(cutoffMs), after?.[0] ?? null, after?.[1] ?? null, count],
  );
}

export interface AccountSession {
  readonly session_tag: string;
  readonly agent_id: string;
  readonly server_id: string;
  readonly connected_at: string;
  readonly last_seen: string;
  readonly capabilities: string[];
  readonly metadata: JsonObject;
}

/** Online sessions of one account, last seen first. */
export async function listSessionsOfAccount(
  db: Queryable,
  accountId: string,
  cutoffMs: number,
): Promise<AccountSession[]> {
  return db.query<AccountSession>(
    `SELECT session_tag, agent_id, server_id, ${timestampText('connected_at')} AS connected_at,
            ${timestampText('last_seen')} AS last_seen, capabilities, metadata
     FROM agent_sessions s
     WHERE account_id = $1 AND status = 'online' AND s.last_seen >= $2::timestamptz
     ORDER BY s.last_seen DESC, session_tag
     LIMIT $3::int`,
    [accountId, wireTime(cutoffMs), limits.listLimitMax],
    { planName: 'sessions_of_account' },
  );
}
