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

/** Accounts with most online sessions first, then by username; those without any come last and are read only when the page has room. */
export async function searchAccounts(db: Queryable, filter: AccountFilter): Promise<FoundAccount[]> {
  const [afterSessions] = filter.after ?? [];
  const online = afterSessions === 0 ? [] : await searchOnline(db, filter);
  if (filter.onlineOnly || online.length === filter.count) return online;
  return [...online, ...(await searchOffline(db, { ...filter, count: filter.count - online.length }))];
}

const columns = 'a.account_id, a.username, a.display_name, a.capabilities, a.metadata, a.visibility, a.status';

const isOnline = `s.status = 'online' AND s.last_seen >= $1::timestamptz`;

async function searchOnline(db: Queryable, filter: AccountFilter): Promise<FoundAccount[]> {
  const { where, bind, params } = accountConditions(filter);
  if (filter.after) {
    const [sessions, username] = filter.after.map(bind);
    where.push(
      `(o.online_sessions < ${sessions}::int OR (o.online_sessions = ${sessions}::int AND a.username > ${username}))`,
    );
  }
  const sql = `
    SELECT ${columns}, o.online_sessions
    FROM (SELECT s.account_id, count(*)::int AS online_sessions FROM agent_sessions s WHERE ${isOnline} GROUP BY s.account_id) o
    JOIN agent_accounts a ON a.account_id = o.account_id
    WHERE ${['true', ...where].join(' AND ')}
    ORDER BY o.online_sessions DESC, a.username LIMIT $2::int`;
  return db.query<FoundAccount>(sql, params);
}

async function searchOffline(db: Queryable, filter: AccountFilter): Promise<FoundAccount[]> {
  const { where, bind, params } = accountConditions(filter);
  const [sessions, username] = filter.after ?? [];
  if (sessions === 0) where.push(`a.username > ${bind(username)}`);
  const sql = `
    SELECT ${columns}, 0 AS online_sessions FROM agent_accounts a
    WHERE NOT EXISTS (SELECT FROM agent_sessions s WHERE s.account_id = a.account_id AND ${isOnline})
      AND ${['true', ...where].join(' AND ')}
    ORDER BY a.username LIMIT $2::int`;
  return db.query<FoundAccount>(sql, params);
}

function accountConditions({ query, capability, cutoffMs, count }: AccountFilter) {
  const params: unknown[] = [wireTime(cutoffMs), count];
  const bind = (value: unknown) => `$${params.push(value)}`;
  const where: string[] = [];
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
