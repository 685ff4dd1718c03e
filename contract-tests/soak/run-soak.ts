import { setTimeout as pause } from 'node:timers/promises';
import { limits } from '@agentnet/protocol';
import { Cleanup } from '../harness/cleanup.js';
import { eventually } from '../harness/eventually.js';
import { type NatsServer, startNats } from '../harness/nats-server.js';
import { rawClient } from '../harness/raw-client.js';
import { type RegistryProcess, startRegistry } from '../harness/registry-process.js';
import { startTcpProxy, type TcpProxy } from '../harness/tcp-proxy.js';
import type { HostNews } from './agent-host.js';
import type { Breakage, Deposit, Ending, Evidence, JoinedAgent, LifeEvent } from './evidence.js';
import { type Host, hostElsewhere, hostHere } from './hosts.js';
import type { Failure, Order, SoakPlan } from './plan.js';
import { logWire, type WireLog } from './wire-log.js';

/** Where a soak runs. */
export interface SoakOptions {
  /** Environment that names the registry's database. */
  readonly database: Readonly<Record<string, string>>;
  /** Milliseconds between two orders. @default 5 */
  readonly paceMs?: number;
  /** Hears how far the run is. */
  readonly onProgress?: (text: string) => void;
}

/** Milliseconds after the last order within which everything must have ended: attempts, their waits, and a slow machine. */
const settleMs = 90_000;
/** A round goes on while no more orders than this are under way. */
const maxUnderWay = 200;

/** Carries out a plan on a network of its own and returns what it left behind. */
export async function runSoak(plan: SoakPlan, options: SoakOptions): Promise<Evidence> {
  const resources = new Cleanup();
  try {
    return await new Soak(plan, options, resources).run();
  } finally {
    await resources.run();
  }
}

class Soak {
  readonly #plan: SoakPlan;
  readonly #options: SoakOptions;
  readonly #resources: Cleanup;
  readonly #deposits: Deposit[] = [];
  readonly #endings: Ending[] = [];
  readonly #life: LifeEvent[] = [];
  readonly #breakages: Breakage[] = [];
  readonly #joined: JoinedAgent[] = [];
  readonly #repairs: Promise<void>[] = [];
  #ended = 0;
  #closed = 0;
  #failure: unknown;

  constructor(plan: SoakPlan, options: SoakOptions, resources: Cleanup) {
    this.#plan = plan;
    this.#options = options;
    this.#resources = resources;
  }

  async run(): Promise<Evidence> {
    const { agents, rounds } = this.#plan;
    const nats = this.#resources.use(await startNats());
    const registry = this.#resources.use(
      await startRegistry({ natsUrl: nats.url, database: this.#options.database, env: { AGENT_TTL_SECONDS: '60' } }),
    );
    const wire = this.#resources.use(await logWire(nats.port));
    const proxies = await Promise.all(agents.map(() => startTcpProxy(nats.port)));
    for (const proxy of proxies) this.#resources.use(proxy);
    const hosts = await this.#populate(proxies);
    const scene: Scene = { nats, registry, wire, proxies, hosts };
    for (const [index, round] of rounds.entries()) {
      await this.#play(round, scene);
      this.#options.onProgress?.(`round ${index + 1} of ${rounds.length}: ${this.#ended} orders ended`);
    }
    await this.#settle(scene);
    const history = await this.#readHistory(nats, wire);
    return {
      orders: rounds.flatMap(({ orders }) => orders),
      joined: this.#joined,
      deposits: this.#deposits,
      endings: this.#endings,
      wire: [...wire.notes],
      breakages: this.#breakages,
      life: this.#life,
      history,
    };
  }

  async #populate(proxies: readonly TcpProxy[]): Promise<readonly Host[]> {
    const fail = (cause: unknown): void => {
      this.#failure ??= cause;
    };
    const hear = (news: HostNews): void => this.#hear(news);
    const hosts = Array.from({ length: this.#plan.processes + 1 }, (_, index) =>
      this.#resources.use(index === 0 ? hostHere(hear, fail) : hostElsewhere(hear, fail)),
    );
    for (const [index, host] of hosts.entries()) {
      const agents = this.#plan.agents
        .filter((agent) => agent.host === index)
        .map((agent) => ({ ...agent, natsUrl: `nats://127.0.0.1:${proxies[agent.index]?.port}` }));
      host.tell({ type: 'start', agents });
    }
    await this.#until(() => this.#joined.length === this.#plan.agents.length, 'every agent on the network');
    return hosts;
  }

  #hear(news: HostNews): void {
    if (news.type === 'joined') this.#joined.push(...news.agents);
    if (news.type === 'deposit') this.#deposits.push(news.deposit);
    if (news.type === 'life') this.#life.push(news.event);
    if (news.type === 'closed') this.#closed++;
    if (news.type !== 'ending') return;
    this.#endings.push(news.ending);
    if (news.isLast) this.#ended++;
  }

  async #play({ orders, failures }: SoakPlan['rounds'][number], scene: Scene): Promise<void> {
    for (const [place, order] of orders.entries()) {
      for (const { at, failure } of failures) if (at === place) this.#repairs.push(this.#break(failure, scene));
      this.#give(order, scene);
      await pause(this.#options.paceMs ?? 5);
      const given = order.id + 1;
      await this.#until(() => given - this.#ended < maxUnderWay, 'a turn for the next order');
    }
    // What broke in this round is whole before the next one, so that NATS is not killed while it starts.
    await Promise.all(this.#repairs.splice(0));
  }

  #give(order: Order, { hosts }: Scene): void {
    const { agents } = this.#plan;
    const [sender, receiver] = [agents[order.from], agents[order.to]];
    const account = this.#joined.find(({ index }) => index === order.to)?.accountId ?? '';
    hosts[sender?.host ?? 0]?.tell({ type: 'send', order, to: order.byName ? `@${receiver?.username}` : account });
  }

  async #break(failure: Failure, { nats, registry, wire, proxies }: Scene): Promise<void> {
    const agents = 'agents' in failure ? failure.agents : [];
    const breakage: Breakage = { what: failure.kind, agents, fromMs: Date.now(), untilMs: Number.POSITIVE_INFINITY };
    this.#breakages.push(breakage);
    if (failure.kind === 'drop') for (const agent of agents) proxies[agent]?.drop();
    if (failure.kind === 'hold') {
      for (const agent of agents) proxies[agent]?.hold();
      await pause(failure.forMs);
      for (const agent of agents) proxies[agent]?.resume();
    }
    if (failure.kind === 'nats') {
      await nats.kill('SIGKILL');
      await nats.restart();
      await eventually(() => wire.caughtUp().then(() => true), { timeoutMs: settleMs, what: 'the wire log' });
    }
    if (failure.kind === 'registry') {
      await registry.kill('SIGKILL');
      // One that meets a NATS server which is just going away ends; whoever runs it starts it again.
      await eventually(() => registry.restart().then(() => true), { timeoutMs: settleMs, what: 'the registry' });
    }
    breakage.untilMs = Date.now();
  }

  async #settle({ hosts, wire }: Scene): Promise<void> {
    const total = this.#plan.rounds.reduce((sum, { orders }) => sum + orders.length, 0);
    // An order that never ends is for the judge to report.
    await this.#until(() => this.#ended === total, 'the end of every order').catch((cause: unknown) => {
      if (this.#failure) throw cause;
    });
    for (const host of hosts) host.tell({ type: 'close' });
    await this.#until(() => this.#closed === hosts.length, 'every agent gone');
    await wire.caughtUp();
  }

  /** Everything on record, as soon as it holds what the wire carried; what is missing is for the judge to report. */
  async #readHistory(nats: NatsServer, wire: WireLog): Promise<ReadonlySet<string>> {
    const client = this.#resources.use(await rawClient(nats.url));
    const carried = wire.notes.filter(({ kind, messageId }) => kind !== 'receipt' && messageId !== '');
    const history = new Set<string>();
    const isWhole = (): boolean => carried.every(({ messageId }) => history.has(messageId));
    const read = async (): Promise<boolean> => {
      let cursor: string | null = null;
      do {
        const page: { messages: { message_id: string }[]; next_cursor: string | null } = await client.ask(
          'message_search',
          { limit: limits.messagesLimitMax, cursor },
        );
        for (const { message_id } of page.messages) history.add(message_id);
        cursor = page.next_cursor;
      } while (cursor !== null && !isWhole());
      return isWhole();
    };
    await eventually(read, { timeoutMs: 10_000 }).catch(() => undefined);
    return history;
  }

  async #until(isSo: () => boolean, what: string): Promise<void> {
    await eventually(() => isSo() || this.#failure !== undefined, { timeoutMs: settleMs, what });
    if (this.#failure) throw this.#failure;
  }
}

interface Scene {
  readonly nats: NatsServer;
  readonly registry: RegistryProcess;
  readonly wire: WireLog;
  readonly proxies: readonly TcpProxy[];
  readonly hosts: readonly Host[];
}
