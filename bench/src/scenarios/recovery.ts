import { AgentNode } from '@agentnet/sdk';
import { connect } from '@agentnet/sdk/transport';
import type { NatsConnection } from '@nats-io/nats-core';
import pg from 'pg';
import { type AgentsOrder, type AgentsProcess, startAgents } from '../agents-process.js';
import { firstSuccess } from '../first-success.js';
import { once } from '../measure.js';
import { type Network, startNetwork } from '../network.js';
import { type Comparison, type Scenario, Unavailable } from '../scenario.js';
import { messageBody } from './message-body.js';

/** Asked while a part is down, and looked for on record afterwards. */
const askedMeanwhile = 20;
/** An attempt that is not answered by then counts as lost. */
const attemptMs = 2000;

/** Each process is ended with SIGKILL and started again at once: how long until agents can ask again, and until what they said is on record. */
export const recovery: Scenario = {
  name: 'recovery',
  about:
    'time from the SIGKILL of a process, started again at once, until asks work and until they are on record, beside a plain client that comes back to a plain service (needs PostgreSQL)',
  budgetSeconds: 90,
  async prepare({ databaseKind }, { quick }) {
    if (databaseKind !== 'postgres') throw new Unavailable('needs PostgreSQL');
    const victims = await Victims.start();
    const row = (name: string, ours: () => Promise<number>, raw: () => Promise<number>): Comparison => ({
      name,
      kind: 'time',
      warmUp: false,
      ours: async () => once(await ours()),
      raw: async () => once(await raw()),
      processes: () => victims.network.processes(),
    });
    const rows = (victim: string, losses: Losses): Comparison[] => [
      ...(quick ? [] : [row(`${victim} killed, asks work`, losses.untilAsked, losses.raw)]),
      row(`${victim} killed, all on record`, losses.untilOnRecord, losses.raw),
    ];
    return {
      comparisons: [
        ...rows('registry', victims.registry),
        // It takes the longest to come back from, which a quick run has no time for.
        ...(quick ? [] : rows('nats-server', victims.nats)),
        ...rows('PostgreSQL', victims.postgres),
        ...rows('agent', victims.agent),
      ],
      close: () => victims.stop(),
    };
  },
};

/** What the end of one process costs, in milliseconds from its end. */
interface Losses {
  readonly untilAsked: () => Promise<number>;
  readonly untilOnRecord: () => Promise<number>;
  /** Until a plain client is served again by what is closest to it without AgentNet. */
  readonly raw: () => Promise<number>;
}

/** A network whose parts end suddenly. */
class Victims {
  readonly network: Network;
  readonly #agent: AgentNode;
  readonly #connection: NatsConnection;
  #answering: AgentsProcess;
  #echoing: AgentsProcess;

  private constructor(
    network: Network,
    { agent, connection }: { agent: AgentNode; connection: NatsConnection },
    { answering, echoing }: { answering: AgentsProcess; echoing: AgentsProcess },
  ) {
    this.network = network;
    this.#agent = agent;
    this.#connection = connection;
    this.#answering = answering;
    this.#echoing = echoing;
  }

  static async start(): Promise<Victims> {
    const network = await startNetwork();
    const { natsUrl } = network;
    // Losing the connection is what is measured here, not worth a line each.
    const agent = new AgentNode({ agentId: 'bench_survivor', natsUrl, onError: () => {} });
    await agent.start();
    const connection = await connect({ url: natsUrl, name: 'agentnet-bench-survivor' });
    const [answering, echoing] = await Promise.all([one(natsUrl, 'agents'), one(natsUrl, 'connections')]);
    return new Victims(network, { agent, connection }, { answering, echoing });
  }

  /** Asks go on without it; its raw counterpart is a plain service that ends and starts again. */
  readonly registry: Losses = {
    untilAsked: () =>
      this.#timed(async (begun) => {
        await this.network.registry.kill();
        await this.#ask(threadOf('registry'));
        const elapsed = performance.now() - begun;
        await this.network.registry.restart();
        return elapsed;
      }),
    untilOnRecord: () =>
      this.#timed(async (begun) => {
        await this.network.registry.kill();
        await this.#askMany(threadOf('registry'), this.network.registry.restart());
        return performance.now() - begun;
      }),
    raw: () => this.#restartEcho(),
  };

  readonly nats: Losses = {
    untilAsked: () =>
      this.#timed(async (begun) => {
        await this.#restartNats();
        await this.#ask(threadOf('nats'));
        return performance.now() - begun;
      }),
    untilOnRecord: () =>
      this.#timed(async (begun) => {
        await this.#restartNats();
        await this.#askMany(threadOf('nats'));
        return performance.now() - begun;
      }),
    raw: () =>
      this.#timed(async (begun) => {
        await this.#restartNats();
        await firstSuccess(() => this.#echo());
        return performance.now() - begun;
      }),
  };

  /** Asks go on without it; its raw counterpart is a plain client of PostgreSQL. */
  readonly postgres: Losses = {
    untilAsked: () =>
      this.#timed(async (begun) => {
        this.network.postgres?.kill();
        await this.#ask(threadOf('postgres'));
        const elapsed = performance.now() - begun;
        this.network.postgres?.start();
        return elapsed;
      }),
    untilOnRecord: () =>
      this.#timed(async (begun) => {
        this.network.postgres?.kill();
        const thread = threadOf('postgres');
        const replies = await this.#askAll(thread);
        this.network.postgres?.start();
        await this.#recorded(thread, replies);
        return performance.now() - begun;
      }),
    raw: () =>
      this.#timed(async (begun) => {
        this.network.postgres?.kill();
        this.network.postgres?.start();
        await firstSuccess(() => selectOne(this.network.postgresUrl ?? ''));
        return performance.now() - begun;
      }),
  };

  readonly agent: Losses = {
    untilAsked: () => this.#restartAgent(() => this.#ask(threadOf('agent'))),
    untilOnRecord: () => this.#restartAgent(() => this.#askMany(threadOf('agent'))),
    raw: () => this.#restartEcho(),
  };

  async stop(): Promise<void> {
    await this.#agent.close();
    await this.#connection.close();
    await Promise.all([this.#answering.stop(), this.#echoing.stop()]);
    await this.network.stop();
  }

  /** The next turn begins when everything works as before. */
  async #timed(work: (begun: number) => Promise<number>): Promise<number> {
    const elapsed = await work(performance.now());
    await this.#askMany(threadOf('settled'));
    await firstSuccess(() => this.#echo());
    return elapsed;
  }

  async #restartNats(): Promise<void> {
    await this.network.nats.kill('SIGKILL');
    await this.network.nats.restart();
  }

  #restartAgent(work: () => Promise<unknown>): Promise<number> {
    return this.#timed(async (begun) => {
      this.#answering.kill('SIGKILL');
      const started = one(this.network.natsUrl, 'agents');
      await work();
      const elapsed = performance.now() - begun;
      this.#answering = await started;
      return elapsed;
    });
  }

  #restartEcho(): Promise<number> {
    return this.#timed(async (begun) => {
      this.#echoing.kill('SIGKILL');
      const started = one(this.network.natsUrl, 'connections');
      await firstSuccess(() => this.#echo());
      const elapsed = performance.now() - begun;
      this.#echoing = await started;
      return elapsed;
    });
  }

  #echo(): Promise<unknown> {
    const [subject = ''] = this.#echoing.addresses;
    return this.#connection.request(subject, messageBody(), { timeout: attemptMs });
  }

  /** The id of the first reply. */
  async #ask(threadId: string): Promise<string> {
    const [toAccountId = ''] = this.#answering.addresses;
    const request = { toAccountId, threadId, payload: { text: 'still there?' }, timeoutMs: attemptMs };
    return (await firstSuccess(() => this.#agent.requestAccount(request))).message_id;
  }

  async #askAll(threadId: string): Promise<string[]> {
    const replies: string[] = [];
    while (replies.length < askedMeanwhile) replies.push(await this.#ask(threadId));
    return replies;
  }

  async #askMany(threadId: string, meanwhile?: Promise<void>): Promise<void> {
    const replies = await this.#askAll(threadId);
    await meanwhile;
    await this.#recorded(threadId, replies);
  }

  async #recorded(threadId: string, replies: readonly string[]): Promise<void> {
    await firstSuccess(async () => {
      const { messages } = await this.#agent.registry.threadMessages({ thread_id: threadId, limit: 200 });
      const ids = new Set(messages.map(({ message_id }) => message_id));
      const missing = replies.filter((id) => !ids.has(id)).length;
      if (missing === 0) return;
      throw new Error(`${missing} of ${replies.length} replies are not on record`);
    });
  }
}

function one(natsUrl: string, kind: AgentsOrder['kind']): Promise<AgentsProcess> {
  return startAgents({ natsUrl, count: 1, kind });
}

function threadOf(victim: string): string {
  return `bench_${victim}_${crypto.randomUUID()}`;
}

async function selectOne(connectionString: string): Promise<void> {
  const client = new pg.Client({ connectionString, connectionTimeoutMillis: attemptMs });
  client.on('error', () => {});
  await client.connect();
  await client.query('SELECT 1');
  await client.end();
}
