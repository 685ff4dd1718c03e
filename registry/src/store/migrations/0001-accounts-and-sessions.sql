-- Text that decides an order or is compared as an id uses COLLATE "C": the same bytes give the same page on every server.
CREATE TABLE agent_accounts (
  account_id   text COLLATE "C" PRIMARY KEY,
  username     text COLLATE "C" NOT NULL UNIQUE,
  display_name text NOT NULL,
  bio          text NOT NULL DEFAULT '',
  capabilities jsonb NOT NULL DEFAULT '[]',
  metadata     jsonb NOT NULL DEFAULT '{}',
  public_key   text,
  visibility   text NOT NULL DEFAULT 'public',
  status       text NOT NULL DEFAULT 'active',
  created_at   timestamptz NOT NULL DEFAULT now(),
  updated_at   timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX agent_accounts_capabilities ON agent_accounts USING gin (capabilities jsonb_path_ops);

CREATE TABLE agent_sessions (
  session_tag     text COLLATE "C" PRIMARY KEY,
  agent_id        text COLLATE "C" NOT NULL,
  name            text NOT NULL,
  account_id      text COLLATE "C",
  username        text COLLATE "C",
  server_id       text NOT NULL,
  capabilities    jsonb NOT NULL DEFAULT '[]',
  metadata        jsonb NOT NULL DEFAULT '{}',
  connected_at    timestamptz NOT NULL DEFAULT now(),
  last_seen       timestamptz NOT NULL DEFAULT now(),
  disconnected_at timestamptz,
  status          text NOT NULL DEFAULT 'online' CHECK (status IN ('online', 'offline'))
);
CREATE INDEX agent_sessions_listed ON agent_sessions (agent_id, session_tag) WHERE status = 'online';
CREATE INDEX agent_sessions_by_account ON agent_sessions (account_id, last_seen DESC);
CREATE INDEX agent_sessions_by_age ON agent_sessions (status, last_seen);
