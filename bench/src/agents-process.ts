import { fork } from 'node:child_process';
import { once } from 'node:events';

/** What one process of many agents is to hold. */
export interface AgentsOrder {
  readonly natsUrl: string;
  readonly count: number;
  /** AgentNet agents, or as many plain connections that echo. */
  readonly kind: 'agents' | 'connections';
}

/** What it says when all are there. */
export interface AgentsReport {
  /** Accounts of the agents, or subjects of the plain subscriptions. */
  readonly addresses: readonly string[];
  /** What one of them holds, after a garbage collection. */
  readonly kibibytesEach: number;
}

export interface AgentsProcess extends AgentsReport {
  readonly pid: number;
  stop(): Promise<void>;
  /** Ends it at once. */
  kill(signal: NodeJS.Signals): void;
}

/** Starts a process that plays many agents, each over a connection of its own. */
export async function startAgents(order: AgentsOrder): Promise<AgentsProcess> {
  const child = fork(new URL('./many-agents.js', import.meta.url), [JSON.stringify(order)], {
    execArgv: ['--expose-gc'],
  });
  const [report] = (await Promise.race([
    once(child, 'message'),
    once(child, 'exit').then(() => Promise.reject(new Error('the process of many agents ended before it was ready'))),
  ])) as [AgentsReport];
  return {
    ...report,
    pid: child.pid ?? 0,
    kill: (signal) => void child.kill(signal),
    async stop() {
      child.kill('SIGTERM');
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
    },
  };
}
