import pg from 'pg';

/** The username of a filled account. */
export function filledUsername(index: number): string {
  return `bench_${index}`;
}

/** The account behind it. */
export function filledAccount(index: number): string {
  return `acct_bench_${index}`;
}

/** Puts agents on record that have registered before; `onlineSeconds` after their last hello they still count as online. */
export async function fillAgents(postgresUrl: string, agents: number, onlineSeconds = 0): Promise<void> {
  const client = new pg.Client({ connectionString: postgresUrl });
  await client.connect();
  await client.query(
    `INSERT INTO agent_accounts (account_id, username, display_name, capabilities, metadata)
     SELECT 'acct_bench_' || n, 'bench_' || n, 'Bench ' || n, '["chat", "mesh.agent"]', '{"model": "small", "region": "eu-west-1"}'
     FROM generate_series(0, $1::int - 1) AS n ON CONFLICT DO NOTHING`,
    [agents],
  );
  await client.query(
    `INSERT INTO agent_sessions (session_tag, agent_id, name, account_id, username, server_id, capabilities, metadata, last_seen)
     SELECT 'bench_tag_' || n, 'bench_' || n, 'Bench ' || n, 'acct_bench_' || n, 'bench_' || n, 'registry', '["chat", "mesh.agent"]',
       '{"model": "small", "region": "eu-west-1"}', now() + $2::int * interval '1 s'
     FROM generate_series(0, $1::int - 1) AS n ON CONFLICT DO NOTHING`,
    [agents, onlineSeconds],
  );
  await client.query('VACUUM ANALYZE agent_accounts, agent_sessions');
  await client.end();
}
