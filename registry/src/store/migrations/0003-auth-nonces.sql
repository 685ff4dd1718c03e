CREATE TABLE agent_auth_nonces (
  owner   text COLLATE "C" NOT NULL,
  nonce   text COLLATE "C" NOT NULL,
  used_at timestamptz NOT NULL,
  PRIMARY KEY (owner, nonce)
);
COMMENT ON COLUMN agent_auth_nonces.owner IS 'Account id; `key:<public key>` for a registration that made its account.';
COMMENT ON COLUMN agent_auth_nonces.nonce IS 'SHA-256 of the nonce, because a nonce may be any text of any length.';
CREATE INDEX agent_auth_nonces_by_age ON agent_auth_nonces (used_at);
