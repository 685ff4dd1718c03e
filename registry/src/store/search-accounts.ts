import type { JsonObject } from '@agentnet/protocol';
import { wireTime } from '../domain/wire-time.js';
import type { Queryable } from './database.js';

export interface AccountFilter {
  /** Literal text of the username or display name, any case; empty matches all. */
  readonly query: string;
  readonly capability: string | null;
  readonly onlineOnly: boolean;
  /** Sessions heard since then are online. */
  readonly cutoffMs: number;
  /** Sort key of the last row of the page before. */
  readonly after: readonly [onlineSessions: number, username: string] | undefined;
  readonly count: number;
}

export interface FoundAccount {
  readonly account_id: string;
  readonly username: string;
  readonly display_name: string;
  readonly capabilities: string[];
  readonly metadata: JsonObject;
  readonly visibility: string;
  readonly status: string;
  readonly online_sessions: number;
}

/** Accounts with most online sessions first, then by username. */
export async function searchAccounts(db: Queryable, filter: AccountFilter): Promise<FoundAccount[]> {
  return db.query<FoundAccount>(
    `WITH online AS (
       SELECT account_id, count(*)::int AS sessions FROM agent_sessions
       WHERE status = 'online' AND last_seen >= $1::timestamptz
       GROUP BY account_id
     )
     SELECT a.account_id, a.username, a.display_name, a.capabilities, a.metadata, a.visibility, a.status,
            coalesce(o.sessions, 0) AS online_sessions
     FROM agent_accounts a LEFT JOIN online o ON o.account_id = a.account_id
     WHERE ($2::text = '' OR position(lower($2) in a.username) > 0 OR position(lower($2) in lower(a.display_name)) > 0)
       AND ($3::text IS NULL OR a.capabilities @> jsonb_build_array($3::text))
       AND (NOT $4::boolean OR o.sessions > 0)
       AND ($5::int IS NULL OR coalesce(o.sessions, 0) < $5 OR (coalesce(o.sessions, 0) = $5 AND a.username > $6::text))
     ORDER BY coalesce(o.sessions, 0) DESC, a.username
     LIMIT $7::int`,
    [
      wireTime(filter.cutoffMs),
      filter.query,
      filter.capability,
      filter.onlineOnly,
      filter.after?.[0] ?? null,
      filter.after?.[1] ?? null,
      filter.count,
    ],
  );
}
