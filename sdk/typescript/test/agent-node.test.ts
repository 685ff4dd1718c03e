import { type Goodbye, type Hello, type SentMessage, subjects } from '@agentnet/protocol';
import { describe, expect, it } from 'vitest';
import { AgentNode, type AgentNodeOptions } from '../src/index.js';
import { aMessage } from './harness/a-message.js';
import { NatsServer } from './harness/nats-server.js';
import { useNetwork } from './harness/network.js';
import { RawPeer } from './harness/raw-peer.js';
import { TestRegistry } from './harness/test-registry.js';

const network = useNetwork();
const inbox = subjects.accountInbox('acct_sut');

describe('joining', () => {
  it('given an agent, when start returns, then it has registered and said hello with all fields', async () => {
    const hellos = await network.peer.tap<Hello>(subjects.registryHello);
    const node = network.node({
      name: 'Sut',
      username: 'sut',
      capabilities: ['calc', 'calc'],
      metadata: { team: 'ops' },
    });
    await node.start();
    expect((await hellos.next()).body).toEqual({
      agent_id: 'sut',
      name: 'Sut',
      capabilities: ['calc'],
      metadata: { team: 'ops' },
      account_id: node.accountId,
      username: node.username,
      session_tag: node.sessionTag,
      last_seen: expect.stringMatching(/Z$/),
    });
    expect(network.registry.registrations.at(-1)).toEqual({
      agent_id: 'sut',
      name: 'Sut',
      capabilities: ['calc'],
      metadata: { team: 'ops' },
      account_id: 'acct_sut',
      username: 'sut',
      features: ['receipts_with_reply'],
    });
  });

  it("given the registry's interval, when time passes, then there is one hello per interval", async () => {
    network.registry.heartbeatSeconds = 3;
    const hellos = await network.peer.tap<Hello>(subjects.registryHello);
    await network.node({ heartbeat: { intervalMs: 60_000 } }).start();
    await hellos.next();
    for (let beat = 0; beat < 3; beat++) {
      network.clock.advance(3_000);
      await hellos.next();
    }
    network.registry.heartbeatSeconds = 12;
  });

  it('given 20 agents, when a message is sent in the instant start returns, then none is lost', async () => {
    const receipts = await network.peer.receipts();
    for (let index = 0; index < 20; index++) {
      const node = network.node({ agentId: `quick_${index}`, accountId: `acct_quick_${index}` });
      node.onMessage(() => undefined);
      await node.start();
      network.peer.publish(subjects.accountInbox(node.accountId), aMessage());
      expect((await receipts.next()).body.status).toBe('accepted');
      expect((await receipts.next()).body.status).toBe('processed');
    }
  });

  it('given no registry, when it starts, then it fails as registry_unavailable and can be started later', async () => {
    await using server = await new NatsServer().start();
    const node = network.node({ natsUrl: server.url });
    await expect(node.start()).rejects.toMatchObject({ code: 'registry_unavailable' });
    const peer = await RawPeer.join(server.url);
    new TestRegistry(peer.connection);
    await peer.flush();
    await node.start();
    expect(node.accountId).toBe('acct_sut');
    await node.close();
    await peer.leave();
  });

  it('given a registry that does not answer, when the time is up, then start fails as request_timeout', async () => {
    await using server = await new NatsServer().start();
    const peer = await RawPeer.join(server.url);
    const requests = await peer.tap(subjects.registryRegister);
    const node = network.node({ natsUrl: server.url });
    const failure = node.start({ timeoutMs: 1_000 }).catch((error: unknown) => error);
    await requests.next();
    network.clock.advance(1_000);
    expect(await failure).toMatchObject({ code: 'request_timeout' });
    await peer.leave();
  });

  it('given an aborted signal, when it starts, then it fails as cancelled', async () => {
    await expect(network.node().start({ signal: AbortSignal.abort() })).rejects.toMatchObject({ code: 'cancelled' });
  });

  it('given an agent that has not started, when it is used, then it fails as not_connected', async () => {
    const node = network.node();
    await expect(node.send({ to: 'acct_x', payload: 1 })).rejects.toMatchObject({ code: 'not_connected' });
    expect(() => node.accountId).toThrowError(expect.objectContaining({ code: 'not_connected' }));
    expect(node.metricsSnapshot()).toMatchObject({ agent_id: 'sut', account_id: null, pending_count: 0 });
  });

  it('given a started agent, when a handler is set, then it is refused', async () => {
    const node = network.node();
    await node.start();
    expect(() => node.onMessage(() => undefined)).toThrowError(expect.objectContaining({ code: 'invalid_option' }));
  });

  for (const options of [
    { agentId: '' },
    { agentId: 'a\0' },
    { accountId: 'a.b' },
    { capabilities: ['a b'] },
    { capabilities: Array.from({ length: 65 }, (_, index) => `c${index}`) },
    { metadata: [] },
    { maxPayloadBytes: 2_000_000 },
    { defaultTtlMs: 0 },
    { inbox: { maxConcurrency: 0 } },
    { inbox: { workTimeoutMs: 5 } },
    { inbox: { rateLimitPerSecond: 0 } },
    { inbox: { workTimeoutSeconds: 5 } },
    { retry: { receiptTimeoutMs: 5 } },
    { heartbeat: { intervalMs: 5 } },
    { connection: { timeoutMs: 5 } },
    { maxConcurrency: 4 },
  ]) {
    it(`given ${JSON.stringify(options).slice(0, 60)}, when the node is made, then it is refused with the option's name`, () => {
      const make = () => new AgentNode({ agentId: 'a', ...options } as AgentNodeOptions);
      const name = Object.keys(Object.values(options)[0] ?? {}).at(0) ?? '';
      expect(make).toThrowError(expect.objectContaining({ code: 'invalid_option' }));
      if (/^[a-z]/i.test(name)) expect(make).toThrowError(name);
    });
  }
});

describe('leaving', () => {
  it('given an agent, when it closes, then goodbye precedes the end and it may start again', async () => {
    const goodbyes = await network.peer.tap<Goodbye>(subjects.registryGoodbye);
    const node = network.node();
    await node.start();
    const { sessionTag } = node;
    await node.close();
    await node.close();
    expect((await goodbyes.next()).body).toEqual({
      session_tag: sessionTag,
      agent_id: 'sut',
      seen_at: expect.stringMatching(/Z$/),
    });
    await node.start();
    expect(node.sessionTag).not.toBe(sessionTag);
  });

  it('given accepted work, when the agent closes, then the work ends with processed and nothing new is taken', async () => {
    let finish = (): void => undefined;
    const node = network.node();
    node.onMessage(() => new Promise<void>((resolve) => (finish = resolve)));
    await node.start();
    const receipts = await network.peer.receipts();
    network.peer.publish(inbox, aMessage());
    await receipts.next();
    const goodbyes = await network.peer.tap<Goodbye>(subjects.registryGoodbye);
    const closing = node.close();
    await network.peer.connection.request(inbox, '{}', { timeout: 100 }).catch(() => undefined);
    finish();
    await closing;
    expect((await receipts.next()).body.status).toBe('processed');
    await goodbyes.next();
  });

  it('given work that does not end, when the drain time is up, then running and waiting messages get a final receipt', async () => {
    const signals: AbortSignal[] = [];
    const node = network.node({ inbox: { maxConcurrency: 1, drainTimeoutMs: 1_000 } });
    node.onMessage((_, context) => {
      signals.push(context.signal);
      return new Promise(() => undefined);
    });
    await node.start();
    const receipts = await network.peer.receipts();
    const messages = [aMessage(), aMessage(), aMessage()];
    for (const message of messages) network.peer.publish(inbox, message);
    await receipts.take(3);
    const closing = node.close();
    await advanceUntil(closing, 1_000);
    const finals = await receipts.take(3);
    expect(finals.map(({ body }) => body.code)).toEqual(['shutting_down', 'shutting_down', 'shutting_down']);
    expect(new Set(finals.map(({ body }) => body.message_id))).toEqual(
      new Set(messages.map(({ message_id }) => message_id)),
    );
    expect(signals[0]?.aborted).toBe(true);
  });

  it('given two sessions of one account, when one closes during 20 sends, then all succeed', async () => {
    const sender = network.node({ agentId: 'sender', accountId: 'acct_sender' });
    await sender.start();
    const [first, second] = [1, 2].map(() => {
      const node = network.node({
        username: 'pair',
        accountId: 'acct_pair',
        inbox: { rateLimitPerSecond: Number.POSITIVE_INFINITY },
      });
      node.onMessage(() => undefined);
      return node;
    });
    await first?.start();
    await second?.start();
    const sends = Array.from({ length: 10 }, () => sender.send({ to: 'acct_pair', payload: 1 }));
    const closing = first?.close();
    sends.push(...Array.from({ length: 10 }, () => sender.send({ to: 'acct_pair', payload: 1 })));
    const deliveries = await Promise.all(sends);
    await closing;
    expect(deliveries).toHaveLength(20);
    expect(deliveries.every(({ attempts }) => attempts === 1)).toBe(true);
  });

  it('given a request under way, when the agent closes, then it fails as connection_closed', async () => {
    const tap = await network.peer.inbox();
    const node = network.node();
    await node.start();
    const failure = node.request({ to: 'acct_raw', payload: 1 }).catch((error: unknown) => error);
    await tap.next();
    await node.close();
    expect(await failure).toMatchObject({ code: 'connection_closed' });
  });

  it('given startForever, when its signal is aborted, then the agent leaves in order', async () => {
    const stop = new AbortController();
    const hellos = await network.peer.tap<Hello>(subjects.registryHello);
    const goodbyes = await network.peer.tap<Goodbye>(subjects.registryGoodbye);
    const staying = network.node().startForever({ signal: stop.signal });
    await hellos.next();
    stop.abort();
    await staying;
    await goodbyes.next();
  });
});

describe('a lost connection', () => {
  async function aRestartableNetwork(): Promise<{
    server: NatsServer;
    revive(): Promise<RawPeer>;
    node: AgentNode;
    down: Promise<unknown>;
  }> {
    const server = await new NatsServer().start();
    const registryPeer = await RawPeer.join(server.url);
    new TestRegistry(registryPeer.connection);
    await registryPeer.flush();
    let reportDown = (_: unknown): void => undefined;
    const down = new Promise((resolve) => (reportDown = resolve));
    const node = network.node({ natsUrl: server.url, onError: reportDown });
    node.onMessage(() => undefined);
    await node.start();
    await registryPeer.leave();
    return { server, node, down, revive: async () => RawPeer.join((await server.start()).url) };
  }

  it('given a server that comes back, when the agent reconnects, then it says hello at once with the same session', async () => {
    const { server, node, down, revive } = await aRestartableNetwork();
    const { sessionTag } = node;
    await server.stop();
    expect(await down).toMatchObject({ code: 'connection_closed' });
    const peer = await revive();
    const hellos = await peer.tap<Hello>(subjects.registryHello);
    expect((await hellos.next()).body.session_tag).toBe(sessionTag);
    const receipts = await peer.receipts();
    peer.publish(inbox, aMessage());
    expect((await receipts.next()).body.status).toBe('accepted');
    await node.close();
    await peer.leave();
    await server.stop();
  });

  it('given the connection is down, when a send fails, then it is not delivered after the reconnect', async () => {
    const { server, node, down, revive } = await aRestartableNetwork();
    await server.stop();
    await down;
    const failure = node.send({ to: 'acct_raw', payload: 'lost', retryAttempts: 0 }).catch((error: unknown) => error);
    await expect(node.request({ to: 'acct_raw', payload: 'lost' })).rejects.toMatchObject({
      code: 'connection_closed',
    });
    await advanceUntil(failure, 1_500);
    expect(await failure).toMatchObject({
      code: 'connection_closed',
      message: expect.stringContaining('was not sent'),
    });
    const peer = await revive();
    const messages = await peer.inbox();
    const hellos = await peer.tap<Hello>(subjects.registryHello);
    await hellos.next();
    await node.send({ to: 'acct_raw', payload: 'marker', requireDeliveryAck: false });
    expect(((await messages.next()).body as SentMessage).payload).toBe('marker');
    await node.close();
    await peer.leave();
    await server.stop();
  });
});

/** Moves time on until `work` is done: its timer may not be set yet when the test gets here. */
async function advanceUntil(work: Promise<unknown>, ms: number): Promise<void> {
  let isDone = false;
  void work.then(() => (isDone = true));
  while (!isDone) {
    await network.peer.flush();
    network.clock.advance(ms);
  }
}
