import { AgentNode } from '@agentnet/sdk';
import { connect } from '@agentnet/sdk/transport';
import { callLoads } from '../call-loads.js';
import type { Scenario } from '../scenario.js';
import { messageBody } from './message-body.js';

/** A message until its receipts, beside a bare nats.js request of the same size. */
export const send: Scenario = {
  name: 'send',
  about:
    'a message until its accepted receipt and until its processed one, beside a bare NATS request of the same size',
  budgetSeconds: 65,
  async prepare({ natsUrl, responder }, { quick }) {
    const agent = new AgentNode({ agentId: 'bench_sender', natsUrl });
    await agent.start();
    const connection = await connect({ url: natsUrl, name: 'agentnet-bench-sender' });
    const body = messageBody();
    const message = { toAccountId: responder.accountId, payload: { text: 'how are you?' } };
    const raw = () => connection.request(responder.echoSubject, body, { timeout: 5000 });
    const until = (stage: 'accepted' | 'processed') =>
      callLoads(
        { ours: () => agent.sendToAccount({ ...message, until: stage }), raw },
        { inFlight: [1, 64], seconds: 2, open: stage === 'processed', prefix: `${stage}, `, quick },
      );
    return {
      comparisons: [...until('accepted'), ...until('processed')],
      async close() {
        await agent.close();
        await connection.close();
      },
    };
  },
};
