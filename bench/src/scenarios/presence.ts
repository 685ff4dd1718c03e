import { setTimeout as pause } from 'node:timers/promises';
import { limits, subjects } from '@agentnet/protocol';
import { connect } from '@agentnet/sdk/transport';
import type { NatsConnection } from '@nats-io/nats-core';
import pg from 'pg';
import type { Sample } from '../measure.js';
import { processCpuSeconds } from '../process-cpu.js';
import type { Prepared, Scenario } from '../scenario.js';

const slotMs = 50;
const settleMs = 2 * limits.helloFlushMs;

/** Hellos of many agents at the rate of their heartbeats: what they cost the registry's process, beside a plain subscriber. */
export const presence: Scenario = {
  name: 'presence',
  about: 'processor time for the hellos of 10,000 agents, beside a plain subscriber (needs Linux and PostgreSQL)',
  async prepare({ natsUrl, postgresUrl, registryPid, responder }, { quick }): Promise<Prepared> {
    if (!postgresUrl || processCpuSeconds(process.pid) === undefined) {
      console.error('presence: skipped, it needs Linux and PostgreSQL');
      return { comparisons: [], close: async () => {} };
    }
    const agents = quick ? 1000 : 10_000;
    const seconds = quick ? 1 : limits.heartbeatIntervalSeconds;
    await openSessions(postgresUrl, agents);
    const connection = await connect({ url: natsUrl, name: 'agentnet-bench-presence' });
    const load = { connection, agents, seconds };
    return {
      comparisons: [
        {
          name: `${agents.toLocaleString('en')} agents`,
          kind: 'processor',
          ours: () => measureHellos({ ...load, subject: subjects.registryHello, pid: registryPid }),
          raw: () => measureHellos({ ...load, subject: responder.helloSubject, pid: responder.pid }),
        },
      ],
      close: () => connection.close(),
    };
  },
};

interface HelloLoad {
  readonly connection: NatsConnection;
  readonly agents: number;
  readonly seconds: number;
  readonly subject: string;
  readonly pid: number;
}

/** One hello of each agent, spread evenly; `perSecond` is hellos per second of processor time. */
async function measureHellos({ connection, agents, seconds, subject, pid }: HelloLoad): Promise<Sample> {
  const before = processCpuSeconds(pid) ?? 0;
  const begun = performance.now();
  for (let sent = 0; sent < agents; await pause(slotMs)) {
    const due = Math.min(agents, Math.ceil(((performance.now() - begun) / (seconds * 1000)) * agents));
    for (; sent < due; sent++) connection.publish(subject, hello(sent));
  }
  await connection.flush();
  await pause(settleMs);
  const used = (processCpuSeconds(pid) ?? 0) - before;
  return { perSecond: agents / Math.max(used, 0.01), p50: 0, p95: 0, p99: 0, max: 0 };
}

function hello(index: number): string {
  return JSON.stringify({
    agent_id: `bench_${index}`,
    name: `Bench ${index}`,
    session_tag: `bench_tag_${index}`,
    account_id: `acct_bench_${index}`,
    username: `bench_${index}`,
    capabilities: ['chat', 'mesh.agent'],
    metadata: { model: 'small', region: 'eu-west-1', version: 7 },
    last_seen: new Date().toISOString(),
  });
}

/** Agents that have registered before. */
async function openSessions(postgresUrl: string, agents: number): Promise<void> {
  const client = new pg.Client({ connectionString: postgresUrl });
  await client.connect();
  await client.query(
    `INSERT INTO agent_accounts (account_id, username, display_name)
     SELECT 'acct_bench_' || n, 'bench_' || n, 'Bench ' || n FROM generate_series(0, $1::int - 1) AS n ON CONFLICT DO NOTHING`,
    [agents],
  );
  await client.query(
    `INSERT INTO agent_sessions (session_tag, agent_id, name, account_id, username, server_id)
     SELECT 'bench_tag_' || n, 'bench_' || n, 'Bench ' || n, 'acct_bench_' || n, 'bench_' || n, 'registry'
     FROM generate_series(0, $1::int - 1) AS n ON CONFLICT DO NOTHING`,
    [agents],
  );
  await client.query('ANALYZE agent_accounts, agent_sessions');
  await client.end();
}
