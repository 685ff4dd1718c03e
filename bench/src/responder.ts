// The answering side: one AgentNet agent and two plain subscriptions, in a process of its own. Tells its parent where it listens.
import { AgentNode } from '@agentnet/sdk';
import { connect } from '@agentnet/sdk/transport';
import type { ResponderAddresses } from './responder-process.js';

const natsUrl = process.env['NATS_URL'] ?? '';
const unlimited = 1_000_000;

const agent = new AgentNode({
  agentId: 'bench_echo',
  natsUrl,
  inbox: { maxConcurrency: 256, maxPending: 10_000, rateLimitPerSecond: unlimited, rateLimitBurst: unlimited },
});
agent.onMessage((message, { reply }) => {
  if (message.kind === 'request') reply(message.payload);
});
await agent.start();

const connection = await connect({ url: natsUrl, name: 'agentnet-bench-raw' });
const addresses: ResponderAddresses = {
  accountId: agent.accountId,
  username: agent.username,
  echoSubject: 'bench.echo',
  resolveSubject: 'bench.resolve',
  helloSubject: 'bench.hello',
};
connection.subscribe(addresses.echoSubject, { callback: (_error, message) => void message.respond(message.data) });
const resolveReply = new TextEncoder().encode(
  JSON.stringify({ account_id: agent.accountId, username: agent.username, resolved_at: new Date().toISOString() }),
);
connection.subscribe(addresses.resolveSubject, { callback: (_error, message) => void message.respond(resolveReply) });
connection.subscribe(addresses.helloSubject, { callback: () => {} });
await connection.flush();
process.send?.(addresses);

process.once('SIGTERM', async () => {
  await agent.close();
  await connection.close();
  process.exit(0);
});
