import { limits } from '@agentnet/protocol';
import type { AgentProfile } from '../domain/agent-profile.js';
import { wireTime } from '../domain/wire-time.js';
import type { Queryable } from './database.js';

/** One hello as it waits to be written. */
export interface HeardHello {
  readonly session_tag: string;
  readonly agent_id: string;
  readonly account_id: string | undefined;
  /** Normalised; empty when the hello named none. */
  readonly username: string;
  readonly profile: AgentProfile;
  readonly seenAtMs: number;
}

/**
 * Refreshes all known sessions among `hellos` with one statement and returns their tags.
 *
 * The account of a session never changes. A hello older than what is on record is ignored. After a goodbye only a hello received
 * `helloFlushMs` later revives the session: another registry may take a hello off the wire after this one took the goodbye that
 * followed it. Rows are locked in the order of their tags, so that registries that flush at the same time do not deadlock.
 */
export async function refreshSessions(db: Queryable, hellos: readonly HeardHello[]): Promise<Set<string>> {
  const known = await db.query<{ session_tag: string }>(
    `WITH heard AS (
       SELECT session_tag, name, capabilities::jsonb, metadata::jsonb, seen_at::timestamptz
       FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[])
         AS h(session_tag, name, capabilities, metadata, seen_at)
     ), known AS MATERIALIZED (
       SELECT s.session_tag FROM agent_sessions s JOIN heard h ON h.session_tag = s.session_tag
       ORDER BY s.session_tag FOR UPDATE OF s
     ), refreshed AS (
       UPDATE agent_sessions s
       SET name = h.name, capabilities = h.capabilities, metadata = h.metadata, last_seen = h.seen_at,
           status = 'online', disconnected_at = NULL
       FROM heard h JOIN known k ON k.session_tag = h.session_tag
       WHERE s.session_tag = h.session_tag AND h.seen_at >= s.last_seen
         AND (s.disconnected_at IS NULL OR h.seen_at > s.disconnected_at + $6::int * interval '1 millisecond')
     )
     SELECT session_tag FROM known`,
    [
      hellos.map((hello) => hello.session_tag),
      hellos.map((hello) => hello.profile.name),
      hellos.map((hello) => JSON.stringify(hello.profile.capabilities)),
      hellos.map((hello) => JSON.stringify(hello.profile.metadata)),
      hellos.map((hello) => wireTime(hello.seenAtMs)),
      limits.helloFlushMs,
    ],
  );
  return new Set(known.map((row) => row.session_tag));
}

/** Writes the sessions of `hellos` whose claimed account exists, with one statement, and returns their tags. */
export async function restoreSessions(
  db: Queryable,
  hellos: readonly HeardHello[],
  serverId: string,
): Promise<Set<string>> {
  const restored = await db.query<{ session_tag: string }>(
    `WITH heard AS (
       SELECT h.*, a.username
       FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[])
         AS h(session_tag, agent_id, account_id, name, capabilities, metadata, seen_at)
       JOIN agent_accounts a ON a.account_id = h.account_id
     ), restored AS (
       INSERT INTO agent_sessions
         (session_tag, agent_id, account_id, username, server_id, name, capabilities, metadata, connected_at, last_seen)
       SELECT session_tag, agent_id, account_id, username, $8::text, name, capabilities::jsonb, metadata::jsonb,
              seen_at::timestamptz, seen_at::timestamptz
       FROM heard ORDER BY session_tag
       ON CONFLICT (session_tag) DO NOTHING
     )
     SELECT session_tag FROM heard`,
    [
      hellos.map((hello) => hello.session_tag),
      hellos.map((hello) => hello.agent_id),
      hellos.map((hello) => hello.account_id ?? null),
      hellos.map((hello) => hello.profile.name),
      hellos.map((hello) => JSON.stringify(hello.profile.capabilities)),
      hellos.map((hello) => JSON.stringify(hello.profile.metadata)),
      hellos.map((hello) => wireTime(hello.seenAtMs)),
      serverId,
    ],
  );
  return new Set(restored.map((row) => row.session_tag));
}
