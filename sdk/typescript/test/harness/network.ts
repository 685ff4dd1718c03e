import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest';
import { AgentNode, type AgentNodeOptions } from '../../src/index.js';
import { FakeClock } from './fake-clock.js';
import { NatsServer } from './nats-server.js';
import { RawPeer } from './raw-peer.js';
import { TestRegistry } from './test-registry.js';

/** A NATS server and a registry per test file, a raw peer per test, and agents that are closed after each test. */
export class Network {
  readonly server = new NatsServer();
  readonly errors: Error[] = [];
  readonly #nodes: AgentNode[] = [];
  #registryPeer!: RawPeer;
  registry!: TestRegistry;
  peer!: RawPeer;
  clock!: FakeClock;

  async open(): Promise<void> {
    await this.server.start();
    this.#registryPeer = await RawPeer.join(this.server.url, 'acct_registry');
    this.registry = new TestRegistry(this.#registryPeer.connection);
    await this.#registryPeer.flush();
  }

  async begin(): Promise<void> {
    this.peer = await RawPeer.join(this.server.url);
    this.clock = new FakeClock();
  }

  /** An agent with the test's clock; its errors are collected. */
  node(options: Partial<AgentNodeOptions> = {}): AgentNode {
    const defaults = { agentId: 'sut', accountId: 'acct_sut', natsUrl: this.server.url, clock: this.clock };
    const node = new AgentNode({ ...defaults, onError: (error) => void this.errors.push(error), ...options });
    this.#nodes.push(node);
    return node;
  }

  async end(): Promise<void> {
    await Promise.all(this.#nodes.splice(0).map((node) => node.close()));
    await this.peer.leave();
    this.errors.length = 0;
  }

  async close(): Promise<void> {
    await this.#registryPeer.leave();
    await this.server.stop();
  }
}

/** Sets a network up around the tests of the calling file. */
export function useNetwork(): Network {
  const network = new Network();
  beforeAll(() => network.open());
  beforeEach(() => network.begin());
  afterEach(() => network.end());
  afterAll(() => network.close());
  return network;
}
