import { type JsonObject, limits } from '@agentnet/protocol';
import type { SearchPlace } from '../domain/search-cursor.js';
import { wireTime } from '../domain/wire-time.js';
import type { Queryable } from './database.js';
import { Statement } from './statement.js';

export interface AccountFilter {
  /** Literal text of the username or display name, any case; empty matches all. */
  readonly query: string;
  readonly capability: string | null;
  readonly onlineOnly: boolean;
  /** Sessions heard since then are online. */
  readonly cutoffMs: number;
  readonly place: SearchPlace;
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
  /** Tells accounts apart in a cursor. */
  readonly mark: number;
}

export interface FoundAccounts {
  /** Those with most online sessions come first. */
  readonly byPresence: readonly FoundAccount[];
  /** They follow. */
  readonly byUsername: readonly FoundAccount[];
}

/**
 * What a walk returns next: of the online accounts that it has not returned yet those with most sessions, then all others by username. Presence
 * changes while a walk goes on, so it can serve as an order only where the cursor says who came already. Spec: rule `discovery.search.walk`.
 */
export async function searchAccounts(db: Queryable, filter: AccountFilter): Promise<FoundAccounts> {
  const { shown, after } = filter.place;
  const room = after === undefined ? Math.min(filter.count, limits.searchWalkByPresenceMax - shown.length) : 0;
  const byPresence = room > 0 ? await searchByPresence(db, { ...filter, count: room }) : [];
  const count = filter.count - byPresence.length;
  const isComplete = filter.onlineOnly && byPresence.length < room;
  if (count === 0 || isComplete) return { byPresence, byUsername: [] };
  const place = { shown: [...shown, ...byPresence.map(({ mark }) => mark)], after };
  return { byPresence, byUsername: await searchByUsername(db, { ...filter, place, count }) };
}

const mark = "hashtextextended(a.account_id, 0) & x'ffffffffffff'::bigint";

const columns = `a.account_id, a.username, a.display_name, a.capabilities, a.metadata, a.visibility, a.status, ${mark} AS mark`;

const isOnline = `s.status = 'online' AND s.last_seen >= $1::timestamptz`;

async function searchByPresence(db: Queryable, filter: AccountFilter): Promise<FoundAccount[]> {
  const { where, params } = accountConditions(filter);
  const sql = `
    SELECT ${columns}, o.online_sessions
    FROM (SELECT s.account_id, count(*)::int AS online_sessions FROM agent_sessions s WHERE ${isOnline} GROUP BY s.account_id) o
    JOIN agent_accounts a ON a.account_id = o.account_id
    WHERE ${where.join(' AND ')}
    ORDER BY o.online_sessions DESC, a.username LIMIT $2::int`;
  return db.query<FoundAccount>(sql, params);
}

async function searchByUsername(db: Queryable, filter: AccountFilter): Promise<FoundAccount[]> {
  const { where, bind, params } = accountConditions(filter);
  const sessions = `FROM agent_sessions s WHERE s.account_id = a.account_id AND ${isOnline}`;
  if (filter.place.after !== undefined) where.push(`a.username > ${bind(filter.place.after)}`);
  if (filter.onlineOnly) where.push(`EXISTS (SELECT ${sessions})`);
  const sql = `
    SELECT ${columns}, (SELECT count(*)::int ${sessions}) AS online_sessions FROM agent_accounts a
    WHERE ${where.join(' AND ')}
    ORDER BY a.username LIMIT $2::int`;
  return db.query<FoundAccount>(sql, params);
}

function accountConditions({ query, capability, cutoffMs, count, place: { shown } }: AccountFilter) {
  const { params, bind } = new Statement();
  // The first two of every search.
  bind(wireTime(cutoffMs));
  bind(count);
  const where = [shown.length === 0 ? 'true' : `(${mark}) <> ALL (${bind(shown)}::bigint[])`];
  if (query !== '') {
    const part = `lower(${bind(query)}::text)`;
    where.push(`(position(${part} in a.username) > 0 OR position(${part} in lower(a.display_name)) > 0)`);
    // Written as in its index, which knows parts of three characters and more.
    where.push(
      `(length(${part}) < 3 OR agent_trigrams(a.username || E'\\n' || lower(a.display_name)) @> agent_trigrams(${part}))`,
    );
  }
  if (capability !== null) where.push(`a.capabilities @> jsonb_build_array(${bind(capability)}::text)`);
  return { where, bind, params };
}
