import { type AgentNode as Agent, AgentNode } from '@agentnet/sdk';
import { connect } from '@agentnet/sdk/transport';
import { type AgentsProcess, startAgents } from '../agents-process.js';
import { secondsOf } from '../call-loads.js';
import { measureClosed } from '../measure.js';
import { measureOpen } from '../open-loop.js';
import type { Comparison, Scenario, Side } from '../scenario.js';
import { messageBody } from './message-body.js';

/** What the stuck one is sent: about 2.4 MB a second, which fills the sockets between it and the server in the first second. */
const flood = { perSecond: 300, textBytes: 8192 };
const seconds = 4;
/** Enough for a 99th percentile, and little beside what the machine can do. */
const perSecond = 250;

/** Asks to one agent while another one is stuck, beside the same while it is not; traffic to both is the same. */
export const slowConsumer: Scenario = {
  name: 'slow-consumer',
  about:
    'asks to one agent while another is stopped (SIGSTOP) and is sent 2.4 MB/s, beside the same while that one runs; the same of bare NATS',
  budgetSeconds: 100,
  async prepare({ natsUrl, responder }, { quick }) {
    const agent = new AgentNode({ agentId: 'bench_impatient', natsUrl });
    await agent.start();
    const connection = await connect({ url: natsUrl, name: 'agentnet-bench-impatient' });
    const [agents, connections] = await Promise.all([
      startAgents({ natsUrl, count: 1, kind: 'agents' }),
      startAgents({ natsUrl, count: 1, kind: 'connections' }),
    ]);
    const [stuckAccount = ''] = agents.addresses;
    const [stuckSubject = ''] = connections.addresses;
    const body = messageBody();
    const large = messageBody({ payload: { text: 'x'.repeat(flood.textBytes) } });
    const ours: Stuck = {
      process: agents,
      call: () => agent.requestAccount({ toAccountId: responder.accountId, payload: { text: 'how are you?' } }),
      flood: () => void tell(agent, stuckAccount),
      reach: () => agent.requestAccount({ toAccountId: stuckAccount, payload: { text: 'again?' }, timeoutMs: 20_000 }),
    };
    const raw: Stuck = {
      process: connections,
      call: () => connection.request(responder.echoSubject, body, { timeout: 5000 }),
      flood: () => connection.publish(stuckSubject, large),
      reach: () => connection.request(stuckSubject, body, { timeout: 20_000 }),
    };
    return {
      comparisons: [
        row('ask beside a stuck agent', ours, atConstantRate(ours, quick)),
        row('ask beside a stuck agent, 8 in flight', ours, inFlight(ours, quick)),
        row('raw request beside a stuck subscriber', raw, atConstantRate(raw, quick)),
      ],
      async close() {
        for (const one of [agents, connections]) one.kill('SIGCONT');
        await agent.close();
        await connection.close();
        await Promise.all([agents.stop(), connections.stop()]);
      },
    };
  },
};

/** One who can be stopped, the traffic to it, and a call to somebody else. */
interface Stuck {
  readonly process: AgentsProcess;
  readonly call: () => Promise<unknown>;
  readonly flood: () => void;
  /** Resolves when it answers, after all that was sent to it before. */
  readonly reach: () => Promise<unknown>;
}

interface Load {
  readonly loop: 'open' | 'closed';
  readonly measure: Side;
}

function atConstantRate({ call }: Stuck, quick: boolean): Load {
  return {
    loop: 'open',
    measure: (round) => measureOpen(call, { perSecond, seconds: secondsOf(round, seconds, quick) }),
  };
}

function inFlight({ call }: Stuck, quick: boolean): Load {
  return {
    loop: 'closed',
    measure: (round) => measureClosed(call, { inFlight: 8, seconds: secondsOf(round, seconds, quick) }),
  };
}

function row(name: string, stuck: Stuck, { loop, measure }: Load): Comparison {
  return {
    name,
    kind: 'calls',
    loop,
    called: { ours: 'stuck', raw: 'not stuck' },
    ours: (round) => whileFlooded(stuck, true, () => measure(round)),
    raw: (round) => whileFlooded(stuck, false, () => measure(round)),
  };
}

async function whileFlooded<T>(stuck: Stuck, isStopped: boolean, measure: () => Promise<T>): Promise<T> {
  if (isStopped) stuck.process.kill('SIGSTOP');
  const flooding = setInterval(stuck.flood, 1000 / flood.perSecond);
  try {
    return await measure();
  } finally {
    clearInterval(flooding);
    stuck.process.kill('SIGCONT');
    await reached(stuck.reach);
  }
}

/** The server may have cut the connection of the stuck one, which then has to come back. */
async function reached(reach: () => Promise<unknown>): Promise<void> {
  for (const deadline = performance.now() + 30_000; ; ) {
    try {
      await reach();
      return;
    } catch (cause) {
      if (performance.now() > deadline) throw cause;
    }
  }
}

async function tell(agent: Agent, toAccountId: string): Promise<void> {
  const payload = { text: 'x'.repeat(flood.textBytes) };
  await agent.sendToAccount({ toAccountId, payload, requireDeliveryAck: false });
}
