import type { Queryable } from '../../src/store/database.js';

/** How many rows of each kind, and what is rare among them. */
export const filled = { messages: 30_000, accounts: 20_000, threads: 10_000 } as const;

/**
 * Fills a migrated database with what a busy network leaves behind. Message `n` is sent by account `n mod 97` to `n mod 89` in thread
 * `n mod 10000`; every word `every`, each tenth `tenth`, each thousandth `rare`, and so on.
 */
export async function fill(database: Queryable): Promise<void> {
  const { messages, accounts, threads } = filled;
  await database.query(`
    INSERT INTO agent_messages (message_id, thread_id, from_account_id, to_agent, to_account_id, kind, schema_version, trace_id,
      payload_text, payload, sent_at, received_at, ordered_at, subject, words)
    SELECT md5(n::text), 'thread_' || n % ${threads}, 'acct_' || n % 97, 'b', 'acct_' || n % 89,
      CASE WHEN n % 1000 = 0 THEN 'system' ELSE 'direct' END, '1.1', md5((n / 4)::text), '"every"', '"every"', at, at, at,
      'account.acct_' || n % 89 || '.inbox',
      array_to_tsvector(ARRAY['every', 'w' || n % 500, CASE WHEN n % 10 = 0 THEN 'tenth' ELSE 'x' END,
        CASE WHEN n % 1000 = 0 THEN 'rare' ELSE 'y' END])
    FROM generate_series(1, ${messages}) AS n, LATERAL (SELECT timestamptz '2026-01-01Z' + n * interval '1 minute') AS t(at)`);
  await database.query(`
    INSERT INTO agent_receipts (message_id, to_account_id, from_account_id, accepted_at, processed_at, rejected_at, code, first_at)
    SELECT message_id, from_account_id, to_account_id, received_at, CASE WHEN kind = 'direct' THEN received_at END,
      CASE WHEN kind = 'system' THEN received_at END, CASE WHEN kind = 'system' THEN 'busy' END, received_at
    FROM agent_messages`);
  await database.query(`
    INSERT INTO agent_threads (thread_id, participants, created_at, updated_at, last_message_at)
    SELECT 'thread_' || n, ARRAY['acct_' || n % 97, CASE WHEN n % 1000 = 0 THEN 'acct_seldom' ELSE 'acct_often' END], at, at, at
    FROM generate_series(1, ${threads}) AS n, LATERAL (SELECT timestamptz '2026-01-01Z' + n * interval '1 minute') AS t(at)`);
  await database.query(`
    INSERT INTO agent_accounts (account_id, username, display_name, capabilities, public_key)
    SELECT 'acct_' || n, 'user' || md5(n::text), 'Agent ' || n, jsonb_build_array('chat', 'skill' || n % 500), 'key' || n
    FROM generate_series(1, ${accounts}) AS n`);
  await database.query(`
    INSERT INTO agent_sessions (session_tag, agent_id, name, account_id, server_id, last_seen, status)
    SELECT 'tag_' || n, 'agent_' || n, 'Agent', 'acct_' || n, 'r', timestamptz '2026-01-01Z' + n * interval '1 second',
      CASE WHEN n % 2 = 0 THEN 'online' ELSE 'offline' END
    FROM generate_series(1, ${accounts}) AS n`);
  await database.query('ANALYZE');
}
