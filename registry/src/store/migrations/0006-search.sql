-- Added without a default, so that adding it rewrites nothing; rows without words wait for the job that finds them.
ALTER TABLE agent_messages ADD COLUMN words tsvector;
COMMENT ON COLUMN agent_messages.words IS 'Made by the registry, not by to_tsvector: the same words on every server. Null until they are found.';
-- The list of new entries is read by every query: a short one keeps queries fast, none at all makes every insert slow.
CREATE INDEX agent_messages_by_word ON agent_messages USING gin (words) WITH (gin_pending_list_limit = 1024);
CREATE INDEX agent_messages_without_words ON agent_messages (message_id) WHERE words IS NULL;
CREATE INDEX agent_messages_by_trace ON agent_messages (trace_id, ordered_at DESC, message_id DESC);
CREATE INDEX agent_messages_by_received_at ON agent_messages (received_at);

-- All parts of three characters. An index over them finds any part of a name without an extension that a server may not have.
-- Usernames are lower case already; in one text with theirs, lower() would take their collation, which knows ASCII only.
CREATE FUNCTION agent_trigrams(text) RETURNS text[] LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
  SELECT array_agg(DISTINCT substr($1, i, 3)) FROM generate_series(1, length($1) - 2) AS i
$$;
CREATE INDEX agent_accounts_by_name_part ON agent_accounts
  USING gin (agent_trigrams(username || E'\n' || lower(display_name)));
