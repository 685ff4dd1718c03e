import { RegistryClient } from '@agentnet/protocol';
import { connect, natsTransport } from '@agentnet/sdk/transport';
import pg from 'pg';
import { callLoads } from '../call-loads.js';
import { type Comparison, type Scenario, Unavailable } from '../scenario.js';
import { fillAgents, filledAccount, filledUsername } from './filled-agents.js';

/** Nobody sends hellos for the filled agents. */
const onlineSeconds = 3600;
const pageSize = 50;
const poolSize = 8;

/** The registry's queries with many accounts, beside a plain responder with a body of the same size, and a select of the same rows by key. */
export const registry: Scenario = {
  name: 'registry',
  about:
    'resolve, list, search and profile with 10,000 accounts online, beside a plain responder with a body of the same size, and beside a select of as many rows by primary key (needs PostgreSQL)',
  budgetSeconds: 105,
  async prepare({ natsUrl, postgresUrl, responder }, { quick }) {
    if (!postgresUrl) throw new Unavailable('needs PostgreSQL');
    const accounts = quick ? 1000 : 10_000;
    await fillAgents(postgresUrl, accounts, onlineSeconds);
    const connection = await connect({ url: natsUrl, name: 'agentnet-bench-registry-client' });
    const client = new RegistryClient(natsTransport(connection));
    const pool = new pg.Pool({ connectionString: postgresUrl, max: poolSize });
    const some = () => Math.floor(Math.random() * accounts);
    const request = new TextEncoder().encode(JSON.stringify({ username: filledUsername(0) }));
    const selectOf = (rows: number) => () =>
      pool.query('SELECT * FROM agent_accounts WHERE account_id = ANY($1)', [
        Array.from({ length: rows }, () => filledAccount(some())),
      ]);
    const rows = async (name: string, ours: () => Promise<object>, selected: number): Promise<Comparison[]> => {
      const subject = `${responder.sizedSubject}.${JSON.stringify(await ours()).length}`;
      const raw = () => connection.request(subject, request, { timeout: 5000 });
      const calls = { ours, raw, beside: { select: selectOf(selected) } };
      return callLoads(calls, {
        inFlight: [1, 64],
        seconds: 1,
        open: name === 'resolve',
        prefix: `${name}, `,
        quick,
      });
    };
    return {
      comparisons: [
        ...(await rows('resolve', () => client.resolveAccount({ username: filledUsername(some()) }), 1)),
        ...(await rows('list page', () => client.list({ limit: pageSize }), pageSize)),
        ...(await rows('search', () => client.search({ query: `ench_${some()}`, limit: pageSize }), 1)),
        ...(await rows('profile', () => client.profile({ username: filledUsername(some()) }), 1)),
      ],
      async close() {
        await connection.close();
        await pool.end();
      },
    };
  },
};
