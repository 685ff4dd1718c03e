WITH incoming AS (
  SELECT 'message_{n}' AS message_id, 'thread_{n}' AS thread_id, 'acct_{n}' AS from_account_id, 'acct_other' AS to_account_id,
    '{"text": "words of {n}"}' AS payload_text, '{now}'::timestamptz AS sent_at, '{now}'::timestamptz AS received_at,
    24 AS byte_count, 6 AS approx_tokens, 0 AS checkpoint_end
), recorded AS (
  INSERT INTO agent_messages (message_id, thread_id, parent_message_id, from_agent, from_account_id, from_session_tag, to_agent,
    to_account_id, kind, schema_version, idempotency_key, trace_id, payload_text, payload, sent_at, received_at, ordered_at,
    ttl_ms, expires_at, subject)
  SELECT message_id, thread_id, NULL, 'agent-{n}', from_account_id, NULL, to_account_id,
    to_account_id, 'direct', '1.1', NULL, 'trace_{n}', payload_text, payload_text::jsonb, sent_at, received_at,
    least(sent_at, received_at), 30000, NULL, 'account.acct_other.inbox'
  FROM incoming ORDER BY message_id COLLATE "C"
  ON CONFLICT (message_id) DO NOTHING
  RETURNING message_id, ordered_at
), counted AS (
  SELECT incoming.*, recorded.ordered_at FROM recorded JOIN incoming USING (message_id)
), threads AS (
  INSERT INTO agent_threads AS thread (thread_id, created_by_account_id, participants, created_at, updated_at, message_count,
    byte_count, approx_tokens, latest_checkpoint_end, last_message_at)
  SELECT thread_id, from_account_id, ARRAY[from_account_id, to_account_id], received_at, received_at, 1,
    byte_count, approx_tokens, checkpoint_end, ordered_at
  FROM counted
  ON CONFLICT (thread_id) DO UPDATE SET
    updated_at = greatest(thread.updated_at, excluded.updated_at),
    message_count = thread.message_count + excluded.message_count,
    byte_count = thread.byte_count + excluded.byte_count,
    approx_tokens = thread.approx_tokens + excluded.approx_tokens,
    last_message_at = greatest(thread.last_message_at, excluded.last_message_at)
)
SELECT count(*) AS recorded FROM recorded;

INSERT INTO agent_dead_letters (dead_letter_id, subject, body, reason, detail, received_at)
VALUES ('letter_{n}', 'account.acct_other.inbox', '\x7b626164', 'undecodable', 'not JSON', '{now}'::timestamptz)
ON CONFLICT (dead_letter_id) DO NOTHING RETURNING 1 AS kept;

WITH old AS (
  SELECT thread_id FROM agent_threads WHERE last_message_at < '2001-01-01T00:00:00Z'::timestamptz AND updated_at < '2001-01-01T00:00:00Z'::timestamptz
  ORDER BY last_message_at LIMIT 500 FOR UPDATE SKIP LOCKED
), threads AS (
  DELETE FROM agent_threads USING old WHERE agent_threads.thread_id = old.thread_id RETURNING agent_threads.thread_id
), messages AS (
  DELETE FROM agent_messages USING threads WHERE agent_messages.thread_id = threads.thread_id
)
SELECT count(*) AS pruned FROM threads;
