-- Registries of the version before delete a thread and all its messages in one statement and count losses each for itself; they go on doing so.
CREATE TABLE agent_thread_erasures (
  thread_id       text COLLATE "C" PRIMARY KEY,
  received_before timestamptz NOT NULL
);
COMMENT ON TABLE agent_thread_erasures IS 'Threads that are gone from agent_threads while their messages are deleted in batches.';
COMMENT ON COLUMN agent_thread_erasures.received_before IS 'Messages received later belong to a new thread of the same id and stay.';

CREATE TABLE agent_history_losses (
  stream              text COLLATE "C" NOT NULL,
  consumer_created_at text COLLATE "C" NOT NULL,
  delivery_sequence   bigint NOT NULL,
  stream_sequence     bigint NOT NULL,
  lost                bigint NOT NULL,
  PRIMARY KEY (stream, consumer_created_at)
);
COMMENT ON TABLE agent_history_losses IS 'How far the streams were examined for messages that left them unwritten, so that one registry of all counts each.';
COMMENT ON COLUMN agent_history_losses.consumer_created_at IS 'As the NATS server says it; the sequences of another consumer begin anew.';
