import { describe, expect, it, onTestFinished } from 'vitest';
import { AgentWrapper } from '../src/index.js';
import { useNetwork } from './harness/network.js';

const network = useNetwork();

function aWrapper(agentId: string, capabilities: string[] = []): AgentWrapper {
  const wrapper = new AgentWrapper({
    agentId,
    username: agentId,
    capabilities,
    natsUrl: network.server.url,
    inbox: { rateLimitBurst: 100 },
    onError: () => undefined,
  });
  onTestFinished(() => wrapper.close());
  return wrapper;
}

/** A worker that answers requests, and one that asks it. */
async function aPair(): Promise<{ worker: AgentWrapper; asker: AgentWrapper }> {
  const worker = aWrapper('weather_bot', ['weather']);
  worker.receive(async (message) => {
    if (message.reply_to) await worker.reply({ request: message, payload: { ok: true } });
  });
  await worker.connect();
  const asker = aWrapper('demo_worker');
  await asker.connect();
  return { worker, asker };
}

describe('an agent embedded in another runtime', () => {
  it('given each form of address, when it asks and sends, then it is answered', async () => {
    const { worker, asker } = await aPair();
    for (const address of [
      { to: '@weather_bot' },
      { toAccountId: worker.node.accountId },
      { toUsername: 'weather_bot' },
      { toCapability: 'weather' },
    ]) {
      const reply = await asker.request({ ...address, payload: { text: 'status?' }, timeoutMs: 5_000 });
      expect(reply.payload).toEqual({ ok: true });
      const { receipt } = await asker.send({ ...address, payload: { text: 'yo' }, until: 'processed' });
      expect(receipt?.status).toBe('processed');
    }
    const { accountId: toAccountId } = worker.node;
    for (const delivery of [
      await asker.sendToAccount({ toAccountId, payload: 1 }),
      await asker.sendToUsername({ username: 'weather_bot', payload: 1 }),
      await asker.sendToCapability({ capability: 'weather', payload: 1 }),
    ])
      expect(delivery.receipt?.status).toBe('accepted');
    expect(worker.metricsSnapshot().processed_count).toBeGreaterThan(0);
  });

  for (const address of [{}, { to: '@a', toUsername: 'a' }]) {
    it(`given the addresses ${JSON.stringify(address)}, when it sends, then it is refused as invalid_option`, async () => {
      const wrapper = aWrapper('demo_worker');
      await expect(wrapper.send({ ...address, payload: 1 })).rejects.toMatchObject({ code: 'invalid_option' });
      await expect(wrapper.request({ ...address, payload: 1 })).rejects.toMatchObject({ code: 'invalid_option' });
    });
  }

  it('given a handler, when another is set, or one after connecting, then it is refused', async () => {
    const wrapper = aWrapper('demo_worker');
    const handler = () => undefined;
    expect(wrapper.receive(handler)).toBe(handler);
    expect(() => wrapper.receive(handler)).toThrow(expect.objectContaining({ code: 'invalid_option' }));
  });

  it('given a closed wrapper, when it sends, then it fails, and after connecting again it sends', async () => {
    const { worker, asker } = await aPair();
    await asker.close();
    await expect(asker.send({ to: '@weather_bot', payload: 1 })).rejects.toMatchObject({ code: 'not_connected' });
    await asker.connect();
    await expect(asker.send({ to: worker.node.accountId, payload: 1 })).resolves.toMatchObject({ attempts: 1 });
  });
});
