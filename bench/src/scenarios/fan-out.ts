import { AgentNode } from '@agentnet/sdk';
import { connect } from '@agentnet/sdk/transport';
import { startAgents } from '../agents-process.js';
import { callLoads } from '../call-loads.js';
import type { Scenario } from '../scenario.js';
import { messageBody } from './message-body.js';

/** One agent speaks to a hundred others at once and waits for all of them; a call of the table is one such round. */
export const fanOut: Scenario = {
  name: 'fan-out',
  about: 'one message to each of 100 agents until all have accepted or answered, beside 100 bare NATS requests at once',
  budgetSeconds: 35,
  async prepare({ natsUrl }, { quick }) {
    const count = quick ? 10 : 100;
    const [agents, connections] = await Promise.all([
      startAgents({ natsUrl, count, kind: 'agents' }),
      startAgents({ natsUrl, count, kind: 'connections' }),
    ]);
    const agent = new AgentNode({ agentId: 'bench_speaker', natsUrl });
    await agent.start();
    const connection = await connect({ url: natsUrl, name: 'agentnet-bench-speaker' });
    const body = messageBody();
    const payload = { text: 'how are you?' };
    const toAll = (speak: (toAccountId: string) => Promise<unknown>) => () => Promise.all(agents.addresses.map(speak));
    const raw = () =>
      Promise.all(connections.addresses.map((subject) => connection.request(subject, body, { timeout: 5000 })));
    const loads = { inFlight: [1], seconds: 2, quick };
    const rows = [
      ...callLoads(
        { ours: toAll((toAccountId) => agent.sendToAccount({ toAccountId, payload })), raw },
        { ...loads, prefix: `${count} agents, all accepted, ` },
      ),
      ...callLoads(
        { ours: toAll((toAccountId) => agent.requestAccount({ toAccountId, payload })), raw },
        { ...loads, prefix: `${count} agents, all answered, ` },
      ),
    ];
    return {
      comparisons: rows.map((row) => ({
        ...row,
        processes: (side: string) => ({ answering: (side === 'raw' ? connections : agents).pid }),
      })),
      async close() {
        await agent.close();
        await connection.close();
        await Promise.all([agents.stop(), connections.stop()]);
      },
    };
  },
};
