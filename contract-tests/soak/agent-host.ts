import { setTimeout as pause } from 'node:timers/promises';
import { AgentNetError, AgentNode, type HandlerContext, type ReceivedMessage } from '@agentnet/sdk';
import { type Deposit, type Ending, type JoinedAgent, type LifeEvent, traceIdOf } from './evidence.js';
import type { Order, PlannedAgent } from './plan.js';

/** What a host hears; everything is plain data, so that it can come from another process. */
export type HostCommand =
  | { readonly type: 'start'; readonly agents: readonly (PlannedAgent & { readonly natsUrl: string })[] }
  | { readonly type: 'send'; readonly order: Order; readonly to: string }
  | { readonly type: 'close' };

/** What a host tells. */
export type HostNews =
  | { readonly type: 'joined'; readonly agents: readonly JoinedAgent[] }
  | { readonly type: 'deposit'; readonly deposit: Deposit }
  | { readonly type: 'ending'; readonly ending: Ending; readonly isLast: boolean }
  | { readonly type: 'life'; readonly event: LifeEvent }
  | { readonly type: 'closed' };

const attempts = 3;
const workTimeoutMs = 400;

/** Agents of the SDK in one process, that carry out orders and report what their handlers did. */
export class AgentHost {
  readonly #tell: (news: HostNews) => void;
  readonly #nodes = new Map<number, AgentNode>();
  /** Orders whose handler has failed once here. */
  readonly #failedOnce = new Set<number>();

  constructor(tell: (news: HostNews) => void) {
    this.#tell = tell;
  }

  async obey(command: HostCommand): Promise<void> {
    if (command.type === 'start') await this.#start(command.agents);
    if (command.type === 'send') await this.#carryOut(command.order, command.to);
    if (command.type === 'close') await this.#close();
  }

  async #start(agents: readonly (PlannedAgent & { natsUrl: string })[]): Promise<void> {
    await Promise.all(agents.map((agent) => this.#join(agent)));
    const joined = [...this.#nodes].map(([index, { accountId, sessionTag }]) => ({ index, accountId, sessionTag }));
    this.#tell({ type: 'joined', agents: joined });
  }

  async #join({ index, username, natsUrl, isNarrow }: PlannedAgent & { natsUrl: string }): Promise<void> {
    const node = new AgentNode({
      agentId: `soak_agent_${index}`,
      username,
      natsUrl,
      onError: () => undefined,
      inbox: {
        workTimeoutMs,
        rateLimitPerSecond: Number.POSITIVE_INFINITY,
        breakerResetMs: 200,
        sharedDedupe: 'all',
        ...(isNarrow ? { maxConcurrency: 1, maxPending: 1 } : {}),
      },
    });
    node.onMessage((message, context) => this.#handle(node, message, context));
    for (const name of ['disconnected', 'reconnected', 'degraded'] as const)
      node.on(name, () => this.#tell({ type: 'life', event: { agent: index, name, atMs: Date.now() } }));
    await node.start({ timeoutMs: 60_000 });
    this.#nodes.set(index, node);
  }

  async #handle(node: AgentNode, message: ReceivedMessage, context: HandlerContext): Promise<void> {
    const order = message.payload as unknown as Order;
    const deposit = (phase: Deposit['phase']): void => {
      const { accountId, sessionTag } = node;
      const { message_id: messageId } = message;
      this.#tell({
        type: 'deposit',
        deposit: { order: order.id, messageId, accountId, sessionTag, phase, atMs: Date.now() },
      });
    };
    deposit('begun');
    try {
      await this.#do(order, context);
      if (message.kind === 'request') await context.reply({ done: order.id });
    } catch (cause) {
      deposit('failed');
      throw cause;
    }
    // Nothing can come between this and the handler's return, so that it is done for the SDK as well.
    deposit('done');
  }

  async #do({ id, deed, workMs }: Order, { signal }: HandlerContext): Promise<void> {
    if (deed === 'slow') await pause(workMs, undefined, { signal });
    if (deed === 'hang') await pause(100 * workTimeoutMs, undefined, { signal });
    if (deed === 'error' || (deed === 'error-once' && !this.#failedOnce.has(id))) {
      this.#failedOnce.add(id);
      throw new Error('an injected failure');
    }
  }

  /** Sends an order; one with a key again when it fails, until the attempts are used up. */
  async #carryOut(order: Order, to: string): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      const ending = await this.#attempt(order, to, attempt);
      const isLast = ending.isSuccess || !order.isKeyed || attempt === attempts;
      this.#tell({ type: 'ending', ending, isLast });
      if (isLast) return;
      await pause(150);
    }
  }

  async #attempt(order: Order, to: string, attempt: number): Promise<Ending> {
    const begunAtMs = Date.now();
    const ending = { order: order.id, attempt, begunAtMs };
    try {
      await this.#send(order, to, attempt);
      return { ...ending, atMs: Date.now(), isSuccess: true };
    } catch (cause) {
      const failed = { ...ending, atMs: Date.now(), isSuccess: false, failure: String(cause) };
      if (!(cause instanceof AgentNetError)) return failed;
      const remoteCode = 'remoteCode' in cause && cause.remoteCode !== undefined ? String(cause.remoteCode) : undefined;
      return { ...failed, code: cause.code, ...(remoteCode === undefined ? {} : { remoteCode }) };
    }
  }

  async #send(order: Order, to: string, attempt: number): Promise<unknown> {
    const node = this.#nodes.get(order.from);
    if (!node) throw new Error(`agent ${order.from} is not hosted here`);
    const sending = {
      to,
      payload: order,
      traceId: traceIdOf(order.id, attempt),
      threadId: `thread_soak_${order.from}_${order.to}`,
      ...(order.isKeyed ? { idempotencyKey: `key_${order.id}` } : {}),
    };
    if (order.manner === 'request') return node.request({ ...sending, timeoutMs: 5_000 });
    if (order.manner === 'unconfirmed') return node.send({ ...sending, requireDeliveryAck: false });
    const patience = { retryAttempts: 5, receiptTimeoutMs: 500 };
    if (order.manner === 'accepted') return node.send({ ...sending, ...patience });
    return node.send({ ...sending, ...patience, until: 'processed', processedTimeoutMs: 5_000 });
  }

  async #close(): Promise<void> {
    await Promise.all([...this.#nodes.values()].map((node) => node.close()));
    this.#tell({ type: 'closed' });
  }
}
