ALTER TABLE agent_accounts
  ADD COLUMN key_scheme          text,
  ADD COLUMN key_revoked_at      timestamptz,
  ADD COLUMN previous_public_key text,
  ADD COLUMN previous_key_until  timestamptz;
COMMENT ON COLUMN agent_accounts.key_scheme IS 'How the last signed registration was signed; null for keys bound before there was a choice.';
COMMENT ON COLUMN agent_accounts.key_revoked_at IS 'When public_key was withdrawn. It stays in place, so that no other key is bound on first use.';
ALTER TABLE agent_sessions
  ADD COLUMN auth_scheme text,
  ADD COLUMN signed_at   timestamptz;
COMMENT ON COLUMN agent_sessions.auth_scheme IS 'How the session registered; null when it did not sign.';
COMMENT ON COLUMN agent_sessions.signed_at IS 'Time in the last signed hello or goodbye; older ones are copies.';
