UPDATE agent_accounts SET public_key = 'key_{n}' WHERE account_id = 'acct_{n}' AND (public_key IS NULL OR public_key = 'key_{n}')
RETURNING account_id;

INSERT INTO agent_auth_nonces (owner, nonce, used_at) VALUES ('acct_{n}', 'nonce', '{now}'::timestamptz)
ON CONFLICT (owner, nonce) DO UPDATE SET used_at = EXCLUDED.used_at
  WHERE agent_auth_nonces.used_at <= '2001-01-01T00:00:00Z'::timestamptz
RETURNING owner;
