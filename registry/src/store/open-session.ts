import type { AgentProfile } from '../domain/agent-profile.js';
import { makeAccountId, randomSuffix } from '../domain/ids.js';
import { conflictUsername, fallbackUsername } from '../domain/username.js';
import { wireTime } from '../domain/wire-time.js';
import type { AccountName } from './accounts.js';
import type { Queryable } from './database.js';

/** Each attempt loses only to a registration that commits in between, so a handful is plenty. */
const ATTEMPTS = 20;

export interface AccountClaim {
  /** The account to return to. */
  readonly accountId?: string | undefined;
  /** The normalised username asked for, or empty. */
  readonly username: string;
  readonly profile: AgentProfile;
  readonly nowMs: number;
}

export interface ClaimedAccount extends AccountName {
  /** Whether the claim made it. */
  readonly made: boolean;
}

export interface NewSession {
  readonly session_tag: string;
  readonly agent_id: string;
  readonly server_id: string;
  /** How its registration was signed; absent when it was not. */
  readonly auth_scheme?: string | undefined;
}

/**
 * Finds the account a registration or a hello claims, by id, else by username, else makes it; writes its profile and a session that begins
 * now. One statement, so that a registration costs one trip to the database. A session that exists stays as it is.
 * One username has one account whoever else claims at the same time, in this process or another.
 */
export async function openSession(db: Queryable, claim: AccountClaim, session: NewSession): Promise<ClaimedAccount> {
  const { accountId, username, profile, nowMs } = claim;
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    const [claimed] = await db.query<ClaimedAccount>(accountId ? openById : openByUsername, [
      accountId || makeAccountId(nowMs),
      username,
      newUsername(claim, attempt),
      profile.name,
      JSON.stringify(profile.capabilities),
      JSON.stringify(profile.metadata),
      wireTime(nowMs),
      session.session_tag,
      session.agent_id,
      session.server_id,
      session.auth_scheme ?? null,
    ]);
    if (claimed) return claimed;
  }
  throw new Error(`no free username after ${ATTEMPTS} attempts`);
}

function newUsername({ accountId, username }: AccountClaim, attempt: number): string {
  if (username === '') return fallbackUsername(randomSuffix());
  return attempt > 0 && accountId ? conflictUsername(username, randomSuffix()) : username;
}

const profileWrite = 'display_name = $4, capabilities = $5::jsonb, metadata = $6::jsonb, updated_at = $7::timestamptz';

/** No row when the id or the username of a new account is taken, also by a registration that commits at this moment. */
function openSql(found: string): string {
  return `
    WITH found AS (${found} RETURNING account_id, username), made AS (
      INSERT INTO agent_accounts (account_id, username, display_name, capabilities, metadata, created_at, updated_at)
      SELECT $1, $3, $4, $5::jsonb, $6::jsonb, $7::timestamptz, $7::timestamptz WHERE NOT EXISTS (SELECT FROM found)
      ON CONFLICT DO NOTHING
      RETURNING account_id, username
    ), claimed AS (
      SELECT account_id, username, false AS made FROM found UNION ALL SELECT account_id, username, true FROM made
    ), opened AS (
      INSERT INTO agent_sessions
        (session_tag, agent_id, account_id, username, server_id, name, capabilities, metadata, connected_at, last_seen, auth_scheme)
      SELECT $8, $9, account_id, username, $10, $4, $5::jsonb, $6::jsonb, $7::timestamptz, $7::timestamptz, $11 FROM claimed
      ON CONFLICT (session_tag) DO NOTHING
    )
    SELECT account_id, username, made FROM claimed`;
}

/** A known account takes the username when it is free. */
const openById = openSql(`
  UPDATE agent_accounts SET ${profileWrite},
    username = CASE WHEN $2 <> '' AND NOT EXISTS (SELECT FROM agent_accounts other WHERE other.username = $2)
                    THEN $2 ELSE username END
  WHERE account_id = $1`);

const openByUsername = openSql(`UPDATE agent_accounts SET ${profileWrite} WHERE username = $2`);
