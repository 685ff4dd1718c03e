import { limits } from '@agentnet/protocol';
import { detachedScheme } from '@agentnet/sdk/identity';
import type { AgentProfile } from '../domain/agent-profile.js';
import { wireTime } from '../domain/wire-time.js';
import type { Queryable } from './database.js';
import { isBySession, mayRestore, type PresenceSignature } from './presence-signature.js';

/** One hello as it waits to be written. */
export interface HeardHello {
  readonly session_tag: string;
  readonly agent_id: string;
  readonly account_id: string | undefined;
  /** Normalised; empty when the hello named none. */
  readonly username: string;
  readonly profile: AgentProfile;
  readonly seenAtMs: number;
  /** Absent when it was not signed. */
  readonly signed?: PresenceSignature | undefined;
}

/** How hellos are written. */
export interface HelloCheck {
  /** Whether signatures count. */
  readonly checkSignatures: boolean;
}

/**
 * Refreshes all known sessions among `hellos` with one statement and returns their tags.
 *
 * The account of a session never changes. A hello older than what is on record is ignored. After a goodbye only a hello received
 * `helloFlushMs` later revives the session: another registry may take a hello off the wire after this one took the goodbye that
 * followed it. Rows are locked in the order of their tags, so that registries that flush at the same time do not deadlock.
 */
export async function refreshSessions(
  db: Queryable,
  hellos: readonly HeardHello[],
  { checkSignatures }: HelloCheck,
): Promise<Set<string>> {
  const known = await db.query<{ session_tag: string }>(
    `WITH heard AS (
       SELECT session_tag, name, capabilities::jsonb, metadata::jsonb, seen_at::timestamptz, account_id, public_key,
              signed_at::timestamptz
       FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $7::text[], $8::text[], $9::text[])
         AS h(session_tag, name, capabilities, metadata, seen_at, account_id, public_key, signed_at)
     ), known AS MATERIALIZED (
       SELECT s.session_tag FROM agent_sessions s WHERE s.session_tag = ANY ($1::text[])
       ORDER BY s.session_tag FOR UPDATE
     ), refreshed AS (
       UPDATE agent_sessions s
       SET name = h.name, capabilities = h.capabilities, metadata = h.metadata, last_seen = h.seen_at,
           status = 'online', disconnected_at = NULL, signed_at = coalesce(h.signed_at, s.signed_at)
       FROM heard h JOIN known k ON k.session_tag = h.session_tag
       WHERE s.session_tag = h.session_tag AND h.seen_at >= s.last_seen
         AND (s.disconnected_at IS NULL OR h.seen_at > s.disconnected_at + $6::int * interval '1 millisecond')
         AND (NOT $10::boolean OR ${isBySession})
     )
     SELECT session_tag FROM known`,
    [
      hellos.map((hello) => hello.session_tag),
      hellos.map((hello) => hello.profile.name),
      hellos.map((hello) => JSON.stringify(hello.profile.capabilities)),
      hellos.map((hello) => JSON.stringify(hello.profile.metadata)),
      hellos.map((hello) => wireTime(hello.seenAtMs)),
      limits.helloFlushMs,
      hellos.map(({ signed }) => signed?.accountId ?? null),
      hellos.map(({ signed }) => signed?.publicKey ?? null),
      hellos.map(({ signed }) => signed?.signedAt ?? null),
      checkSignatures,
    ],
    { planName: 'refresh_sessions' },
  );
  return new Set(known.map((row) => row.session_tag));
}

/** Writes the sessions of `hellos` whose claimed account exists, with one statement, and returns their tags. */
export async function restoreSessions(
  db: Queryable,
  hellos: readonly HeardHello[],
  { serverId, checkSignatures }: HelloCheck & { readonly serverId: string },
): Promise<Set<string>> {
  const restored = await db.query<{ session_tag: string }>(
    `WITH heard AS (
       SELECT h.*, a.username
       FROM (
         SELECT u.session_tag, u.agent_id, u.account_id, u.name, u.capabilities, u.metadata, u.seen_at::timestamptz AS seen_at,
                u.public_key, u.signed_at::timestamptz AS signed_at
         FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $9::text[], $10::text[])
           AS u(session_tag, agent_id, account_id, name, capabilities, metadata, seen_at, public_key, signed_at)
       ) h
       JOIN agent_accounts a ON a.account_id = h.account_id
       WHERE NOT $11::boolean OR ${mayRestore}
     ), restored AS (
       INSERT INTO agent_sessions
         (session_tag, agent_id, account_id, username, server_id, name, capabilities, metadata, connected_at, last_seen,
          auth_scheme, signed_at)
       SELECT session_tag, agent_id, account_id, username, $8::text, name, capabilities::jsonb, metadata::jsonb,
              seen_at, seen_at, CASE WHEN public_key IS NOT NULL THEN $12::text END, signed_at
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
      hellos.map(({ signed }) => signed?.publicKey ?? null),
      hellos.map(({ signed }) => signed?.signedAt ?? null),
      checkSignatures,
      detachedScheme,
    ],
    { planName: 'restore_sessions' },
  );
  return new Set(restored.map((row) => row.session_tag));
}
