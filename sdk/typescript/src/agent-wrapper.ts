import { AgentNode } from './agent-node.js';
import { ValidationError } from './errors.js';
import type { MessageHandler } from './inbox/run-handler.js';
import type { StartOptions } from './join-within.js';
import type { MetricsSnapshot } from './metrics/snapshot.js';
import type { AgentNodeOptions } from './options.js';
import type { Delivery } from './outbox/send.js';
import type { RequestOptions, SendOptions } from './outbox/send-options.js';
import type { ReceivedMessage } from './received-message.js';

/** Whom a wrapped agent writes to; exactly one of these. */
export interface Address {
  /** `account:<id>`, `acct_…`, `username:<name>`, `@name` or a bare name. */
  to?: string;
  /** An account id. */
  toAccountId?: string;
  /** A username in any form. */
  toUsername?: string;
  /** What the agent must offer. */
  toCapability?: string;
}

const addressNames = ['to', 'toAccountId', 'toUsername', 'toCapability'] as const;
type AddressName = (typeof addressNames)[number];

/** A small, stable adapter for embedding an agent in a runtime of your own: receive, connect, send, request, reply, close. */
export class AgentWrapper {
  readonly #node: AgentNode;

  /** @throws {ValidationError} `invalid_option` for values out of range and unknown names */
  constructor(options: AgentNodeOptions) {
    this.#node = new AgentNode(options);
  }

  /** The agent underneath. */
  get node(): AgentNode {
    return this.#node;
  }

  /**
   * Sets the one handler of incoming messages; call it before `connect()`.
   *
   * @returns The handler.
   * @throws {ValidationError} `invalid_option` after `connect()`, or when there is a handler already
   */
  receive<H extends MessageHandler>(handler: H): H {
    this.#node.onMessage(handler);
    return handler;
  }

  /** Joins the network, as `AgentNode.start`. */
  connect(options: StartOptions = {}): Promise<void> {
    return this.#node.start(options);
  }

  /** Leaves the network, as `AgentNode.close`. */
  close(): Promise<void> {
    return this.#node.close();
  }

  /** Closes it, for `await using`. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /**
   * Sends one message.
   *
   * @throws {AgentNetError} `invalid_option` unless exactly one address is given; as `AgentNode.send`
   */
  async send({ to, toAccountId, toUsername, toCapability, ...options }: SendOptions & Address): Promise<Delivery> {
    const [name, value] = addressOf({ to, toAccountId, toUsername, toCapability });
    switch (name) {
      case 'to':
        return this.#node.send({ ...options, to: value });
      case 'toAccountId':
        return this.#node.sendToAccount({ ...options, toAccountId: value });
      case 'toUsername':
        return this.#node.sendToUsername({ ...options, username: value });
      case 'toCapability':
        return this.#node.sendToCapability({ ...options, capability: value });
    }
  }

  /** As `send`, to an account id. */
  sendToAccount(options: SendOptions & { toAccountId: string }): Promise<Delivery> {
    return this.#node.sendToAccount(options);
  }

  /** As `send`, to a username. */
  sendToUsername(options: SendOptions & { username: string }): Promise<Delivery> {
    return this.#node.sendToUsername(options);
  }

  /** As `send`, to one of the agents that offer a capability. */
  sendToCapability(options: SendOptions & { capability: string }): Promise<Delivery> {
    return this.#node.sendToCapability(options);
  }

  /**
   * Sends one request and waits for the reply.
   *
   * @throws {AgentNetError} `invalid_option` unless exactly one address is given; as `AgentNode.request`
   */
  async request(given: RequestOptions & Address): Promise<ReceivedMessage> {
    const { to, toAccountId, toUsername, toCapability, ...options } = given;
    const [name, value] = addressOf({ to, toAccountId, toUsername, toCapability });
    switch (name) {
      case 'to':
        return this.#node.request({ ...options, to: value });
      case 'toAccountId':
        return this.#node.requestAccount({ ...options, toAccountId: value });
      case 'toUsername':
        return this.#node.requestUsername({ ...options, username: value });
      case 'toCapability':
        return this.#node.requestCapability({ ...options, capability: value });
    }
  }

  /**
   * Answers a request.
   *
   * @throws {AgentNetError} `invalid_target` when its sender waits for no reply; as `AgentNode.reply`
   */
  reply({ request, payload }: { request: ReceivedMessage; payload: unknown }): Promise<void> {
    return this.#node.reply(request, payload);
  }

  /** Counters and latencies since this agent was made. */
  metricsSnapshot(): MetricsSnapshot {
    return this.#node.metricsSnapshot();
  }
}

function addressOf(address: { readonly [N in AddressName]: string | undefined }): [AddressName, string] {
  const given = addressNames.flatMap((name): [AddressName, string][] => {
    const value = address[name];
    return value === undefined ? [] : [[name, value]];
  });
  const [only] = given;
  if (only && given.length === 1) return only;
  throw new ValidationError('invalid_option', `name exactly one of ${addressNames.join(', ')}; got ${given.length}`);
}
