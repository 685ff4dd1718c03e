// Many idle agents, or as many plain connections, in one process. Tells its parent where they listen and what each of them holds.
import { setTimeout as pause } from 'node:timers/promises';
import { AgentNode } from '@agentnet/sdk';
import { connect } from '@agentnet/sdk/transport';
import type { AgentsOrder, AgentsReport } from './agents-process.js';
import { memoryMiB } from './process-memory.js';

/** How many of them join at once. */
const atOnce = 10;
const settleMs = 300;

const { natsUrl, count, kind } = JSON.parse(process.argv[2] ?? '') as AgentsOrder;
const start = kind === 'agents' ? startAgent : startConnection;

// The first one loads what all of them share.
const addresses = [await start(0)];
const before = await settledMemory();
for (let next = 1; next < count; next += atOnce) {
  const places = Array.from({ length: Math.min(atOnce, count - next) }, (_, place) => next + place);
  addresses.push(...(await Promise.all(places.map(start))));
}
const kibibytesEach = ((await settledMemory()) - before) / Math.max(1, count - 1);
process.send?.({ addresses, kibibytesEach } satisfies AgentsReport);
process.once('SIGTERM', () => process.exit(0));
process.once('disconnect', () => process.exit(0));

async function startAgent(place: number): Promise<string> {
  const agent = new AgentNode({
    agentId: `bench_crowd_${place}`,
    natsUrl,
    inbox: { rateLimitPerSecond: Number.POSITIVE_INFINITY, maxPending: 10_000 },
  });
  agent.onMessage((message, { reply }) => {
    if (message.kind === 'request') void reply(message.payload);
  });
  await agent.start();
  return agent.accountId;
}

async function startConnection(place: number): Promise<string> {
  const connection = await connect({ url: natsUrl, name: `agentnet-bench-crowd-${place}` });
  const subject = `bench.crowd.${place}`;
  connection.subscribe(subject, { callback: (_error, message) => void message.respond(message.data) });
  await connection.flush();
  return subject;
}

/** Kibibytes this process holds once garbage is collected. */
async function settledMemory(): Promise<number> {
  const { gc } = globalThis as { gc?: () => void };
  for (let round = 0; round < 2; round++) {
    await pause(settleMs);
    gc?.();
  }
  return process.platform === 'linux' ? memoryMiB(process.pid) * 1024 : process.memoryUsage().rss / 1024;
}
