import { RegistryClient } from '@agentnet/protocol';
import { connect, natsTransport } from '@agentnet/sdk/transport';
import pg from 'pg';
import { callLoads } from '../call-loads.js';
import { type Prepared, type Scenario, Unavailable } from '../scenario.js';

const poolSize = 8;

/** New agents that register, beside bare inserts of one row into a copy of the account table. */
export const register: Scenario = {
  name: 'register',
  about: 'new accounts and sessions, beside bare inserts of one account row each (needs PostgreSQL)',
  budgetSeconds: 28,
  async prepare({ natsUrl, postgresUrl }, { quick }): Promise<Prepared> {
    if (!postgresUrl) throw new Unavailable('needs PostgreSQL');
    const connection = await connect({ url: natsUrl, name: 'agentnet-bench-register' });
    const registry = new RegistryClient(natsTransport(connection));
    const pool = new pg.Pool({ connectionString: postgresUrl, max: poolSize });
    await pool.query('CREATE TABLE bench_accounts (LIKE agent_accounts INCLUDING ALL)');
    const ours = () => {
      const name = `reg_${crypto.randomUUID().slice(0, 18)}`;
      return registry.register({ agent_id: name, username: name, capabilities: ['chat'] });
    };
    const raw = () =>
      pool.query('INSERT INTO bench_accounts (account_id, username, display_name) VALUES ($1, $1, $1)', [
        crypto.randomUUID(),
      ]);
    return {
      comparisons: callLoads({ ours, raw }, { inFlight: [1, 64], seconds: 1.5, quick }),
      async close() {
        await connection.close();
        await pool.query('DROP TABLE bench_accounts');
        await pool.end();
      },
    };
  },
};
