CREATE TABLE agent_threads (
  thread_id             text COLLATE "C" PRIMARY KEY,
  created_by_account_id text COLLATE "C",
  participants          text[] COLLATE "C" NOT NULL DEFAULT '{}',
  created_at            timestamptz NOT NULL,
  updated_at            timestamptz NOT NULL,
  message_count         bigint NOT NULL DEFAULT 0,
  byte_count            bigint NOT NULL DEFAULT 0,
  approx_tokens         bigint NOT NULL DEFAULT 0,
  latest_checkpoint_end bigint NOT NULL DEFAULT 0,
  last_message_at       timestamptz NOT NULL
);
CREATE INDEX agent_threads_by_activity ON agent_threads (last_message_at DESC, thread_id DESC);
CREATE INDEX agent_threads_by_participant ON agent_threads USING gin (participants);

-- No foreign key to agent_threads: thread rows are written once per batch, after the messages they count.
CREATE TABLE agent_messages (
  message_id        text COLLATE "C" PRIMARY KEY,
  thread_id         text COLLATE "C" NOT NULL,
  parent_message_id text,
  from_agent        text,
  from_account_id   text COLLATE "C",
  from_session_tag  text,
  to_agent          text NOT NULL,
  to_account_id     text COLLATE "C",
  kind              text COLLATE "C" NOT NULL,
  schema_version    text NOT NULL,
  idempotency_key   text,
  trace_id          text,
  payload_text      text NOT NULL,
  payload           jsonb,
  sent_at           timestamptz NOT NULL,
  received_at       timestamptz NOT NULL,
  ordered_at        timestamptz NOT NULL,
  ttl_ms            bigint,
  expires_at        timestamptz,
  subject           text NOT NULL
);
COMMENT ON COLUMN agent_messages.payload_text IS 'As sent, digit for digit; jsonb rewrites numbers, key order and duplicates.';
COMMENT ON COLUMN agent_messages.payload IS 'For queries only. Null for a value that jsonb refuses (U+0000, lone surrogates, huge numbers).';
COMMENT ON COLUMN agent_messages.ordered_at IS 'The earlier of sent_at and received_at, so that no sender can pin a message to the future.';
CREATE INDEX agent_messages_by_thread ON agent_messages (thread_id, ordered_at DESC, message_id DESC);
CREATE INDEX agent_messages_by_time ON agent_messages (ordered_at DESC, message_id DESC);
CREATE INDEX agent_messages_by_sender ON agent_messages (from_account_id, ordered_at DESC, message_id DESC);
CREATE INDEX agent_messages_by_addressee ON agent_messages (to_account_id, ordered_at DESC, message_id DESC);
CREATE INDEX agent_messages_by_kind ON agent_messages (kind, ordered_at DESC, message_id DESC);
CREATE INDEX agent_messages_by_sent_at ON agent_messages (sent_at);

CREATE TABLE agent_dead_letters (
  dead_letter_id text COLLATE "C" PRIMARY KEY,
  subject        text NOT NULL,
  body           bytea NOT NULL,
  reason         text NOT NULL,
  detail         text NOT NULL,
  received_at    timestamptz NOT NULL
);
COMMENT ON COLUMN agent_dead_letters.dead_letter_id IS 'Receive time and sequence in the history stream, so that a redelivered message is kept once.';
CREATE INDEX agent_dead_letters_by_time ON agent_dead_letters (received_at);
