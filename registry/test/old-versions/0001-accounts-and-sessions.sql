INSERT INTO agent_accounts (account_id, username, display_name, capabilities, metadata, created_at, updated_at)
VALUES ('acct_{n}', 'old_{n}', 'Old {n}', '["chat"]'::jsonb, '{"team": {"n": 1}}'::jsonb, '{now}'::timestamptz, '{now}'::timestamptz)
ON CONFLICT DO NOTHING
RETURNING account_id, username;

UPDATE agent_accounts SET display_name = 'Older {n}', capabilities = '["chat", "files"]'::jsonb, metadata = '{"team": {"n": 2}}'::jsonb,
  updated_at = '{now}'::timestamptz
WHERE username = 'old_{n}'
RETURNING account_id, username;

INSERT INTO agent_sessions
  (session_tag, agent_id, account_id, username, server_id, name, capabilities, metadata, connected_at, last_seen)
VALUES ('registry_{n}', 'agent-{n}', 'acct_{n}', 'old_{n}', 'registry', 'Old {n}', '["chat"]'::jsonb, '{}'::jsonb,
  '{now}'::timestamptz, '{now}'::timestamptz)
ON CONFLICT (session_tag) DO NOTHING;

WITH heard AS (
  SELECT session_tag, name, capabilities::jsonb, metadata::jsonb, seen_at::timestamptz
  FROM unnest(ARRAY['registry_{n}'], ARRAY['Heard {n}'], ARRAY['["chat"]'], ARRAY['{"heard": true}'], ARRAY['{now}'])
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
    AND (s.disconnected_at IS NULL OR h.seen_at > s.disconnected_at + 250 * interval '1 millisecond')
)
SELECT session_tag FROM known;

UPDATE agent_sessions SET status = 'offline', disconnected_at = last_seen
WHERE status = 'online' AND last_seen < '2001-01-01T00:00:00Z'::timestamptz
RETURNING 1;

DELETE FROM agent_sessions WHERE status = 'offline' AND last_seen < '2001-01-01T00:00:00Z'::timestamptz RETURNING 1;
