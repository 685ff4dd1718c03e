import { AgentNode } from '@agentnet/sdk';
import { connect } from '@agentnet/sdk/transport';
import type { NatsConnection } from '@nats-io/nats-core';
import { callLoads } from '../call-loads.js';
import { HttpCaller } from '../http-echo.js';
import type { Scenario } from '../scenario.js';
import { messageBody } from './message-body.js';

/** A request and its reply between two agents, beside a bare nats.js request of the same size and an echo over HTTP. */
export const ask: Scenario = {
  name: 'ask',
  about:
    'request and reply between two agents, beside a bare NATS request of the same size and A2A-style JSON-RPC over HTTP',
  budgetSeconds: 115,
  async prepare({ natsUrl, responder }, { quick }) {
    const agent = new AgentNode({ agentId: 'bench_asker', natsUrl });
    await agent.start();
    const connection = await connect({ url: natsUrl, name: 'agentnet-bench-asker' });
    // Replies to ordinary inboxes go to a registry as well, which looks whether they belong into the history; these do not.
    const untapped = await connect({ url: natsUrl, name: 'agentnet-bench-untapped', inboxPrefix: '_BENCH' });
    const http = new HttpCaller(responder.httpPort);
    const body = messageBody();
    const ours = () => agent.requestAccount({ toAccountId: responder.accountId, payload: { text: 'how are you?' } });
    const rawBy = (client: NatsConnection) => () => client.request(responder.echoSubject, body, { timeout: 5000 });
    const raw = rawBy(connection);
    const beside = { 'raw, no tap': rawBy(untapped), HTTP: () => http.send('how are you?') };
    return {
      comparisons: callLoads({ ours, raw, beside }, { inFlight: [1, 8, 64, 256], seconds: 1.6, open: true, quick }),
      async close() {
        http.close();
        await agent.close();
        await Promise.all([connection.close(), untapped.close()]);
      },
    };
  },
};
