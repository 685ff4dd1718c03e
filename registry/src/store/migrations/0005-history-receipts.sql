-- A table of its own: a receipt can come before its message, registries of the version before write messages as ever, and the wide
-- rows of agent_messages with their indexes are never written twice.
CREATE TABLE agent_receipts (
  message_id      text COLLATE "C" NOT NULL,
  to_account_id   text COLLATE "C" NOT NULL,
  from_account_id text COLLATE "C" NOT NULL,
  accepted_at     timestamptz,
  processed_at    timestamptz,
  rejected_at     timestamptz,
  code            text,
  first_at        timestamptz NOT NULL,
  status          text COLLATE "C" NOT NULL GENERATED ALWAYS AS (
    CASE WHEN processed_at IS NOT NULL THEN 'processed'
         WHEN rejected_at IS NOT NULL AND (accepted_at IS NULL OR code IS DISTINCT FROM 'duplicate') THEN 'rejected'
         ELSE 'accepted' END) STORED,
  PRIMARY KEY (message_id, to_account_id, from_account_id)
);
COMMENT ON COLUMN agent_receipts.to_account_id IS 'The sender of the message: the account of the receipts subject.';
COMMENT ON COLUMN agent_receipts.from_account_id IS 'Who claims to have received the message; whether it counts is decided when the message is read.';
COMMENT ON COLUMN agent_receipts.status IS 'A retry of a message that was taken is refused as duplicate; that says nothing about the message.';
CREATE INDEX agent_receipts_by_age ON agent_receipts (first_at);
CREATE INDEX agent_receipts_unprocessed ON agent_receipts (status, message_id) WHERE status <> 'processed';

ALTER TABLE agent_dead_letters ADD COLUMN attempts integer NOT NULL DEFAULT 1;
ALTER TABLE agent_dead_letters ADD COLUMN last_tried_at timestamptz;
ALTER TABLE agent_dead_letters ADD COLUMN body_bytes integer;
COMMENT ON COLUMN agent_dead_letters.body_bytes IS 'Size as it came; the body is cut at the largest size a message may have. Null when written by an older registry.';
