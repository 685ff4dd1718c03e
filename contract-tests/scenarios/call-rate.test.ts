import { limits } from '@agentnet/protocol';
import { AgentSDK } from '@agentnet/sdk';
import { describe, expect } from 'vitest';
import { databases, type Network, rule, uniqueName, useNetwork } from '../harness/index.js';

const [database] = databases();
if (!database) throw new Error('there is no database to test on');

/** An agent that has joined, and with it spent calls of its own. */
async function withAgent(network: Network, use: (sdk: AgentSDK) => Promise<void>): Promise<void> {
  const sdk = new AgentSDK({ agentId: uniqueName('caller'), natsUrl: network.nats.url });
  await sdk.start();
  try {
    await use(sdk);
  } finally {
    await sdk.close();
  }
}

describe('a registry that allows a few calls per second', () => {
  const network = useNetwork(database, { env: { RPC_RATE_LIMIT_PER_SECOND: '10', RPC_RATE_LIMIT_BURST: '2' } });

  rule(
    'rpc.rate-limit.wait',
    'given more calls at once than it takes, when an agent makes them, then it waits as told and each is answered',
    async () => {
      const answers = await network().client.subscribe('_INBOX.>');
      await withAgent(network(), async (sdk) => {
        const found = await Promise.all(Array.from({ length: 6 }, () => sdk.search({ query: 'nobody' })));
        expect(found.map(({ results }) => results)).toEqual(Array(6).fill([]));
      });
      expect(answers.received.some(({ text }) => text.includes('"rate_limited"'))).toBe(true);
    },
  );
});

describe('a registry that allows next to no calls', () => {
  const network = useNetwork(database, { env: { RPC_RATE_LIMIT_PER_SECOND: '0.001', RPC_RATE_LIMIT_BURST: '3' } });

  rule(
    'rpc.rate-limit.wait',
    'given a wait beyond the call’s timeout, when an agent calls, then it gets the refusal instead of waiting in vain',
    async () => {
      await withAgent(network(), async (sdk) => {
        const calls = Array.from({ length: 3 }, () => sdk.search({}, { timeoutMs: limits.registerTimeoutMs }));
        const outcomes = await Promise.allSettled(calls);
        const refused = outcomes.filter(({ status }) => status === 'rejected');
        expect(refused.length).toBeGreaterThan(0);
        expect(refused).toEqual(
          refused.map(() => ({ status: 'rejected', reason: expect.objectContaining({ code: 'rate_limited' }) })),
        );
      });
    },
  );
});
