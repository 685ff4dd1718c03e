import { AgentNode } from '@agentnet/sdk';
import { connect } from '@agentnet/sdk/transport';
import { callLoads } from '../call-loads.js';
import type { Scenario } from '../scenario.js';
import { messageBody } from './message-body.js';

/** A request and its reply between two agents, beside a bare nats.js request of the same size. */
export const ask: Scenario = {
  name: 'ask',
  about: 'request and reply between two agents, beside a bare NATS request of the same size',
  async prepare({ natsUrl, responder }, { quick }) {
    const agent = new AgentNode({ agentId: 'bench_asker', natsUrl });
    await agent.start();
    const connection = await connect({ url: natsUrl, name: 'agentnet-bench-asker' });
    const body = messageBody();
    const ours = () => agent.requestAccount({ toAccountId: responder.accountId, payload: { text: 'how are you?' } });
    const raw = () => connection.request(responder.echoSubject, body, { timeout: 5000 });
    return {
      comparisons: callLoads(
        { ours, raw },
        [
          [1, 2000],
          [8, 4000],
          [64, 8000],
        ],
        quick,
      ),
      async close() {
        await agent.close();
        await connection.close();
      },
    };
  },
};
