import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import type { ScenarioFigures } from './figures.js';
import { RunFolder } from './run-folder.js';

/** What one process is to run, all of it on one network. */
export interface ScenariosOrder {
  readonly names: readonly string[];
  readonly quick: boolean;
  readonly repetitions: number;
}

export interface RunOptions {
  /** After that long the process is ended, and what it has not told yet counts as failed. */
  readonly timeoutMs: number;
  /** Ends the run. */
  readonly signal: AbortSignal;
}

/** How a process of scenarios ended. */
export interface Ran {
  readonly figures: readonly ScenarioFigures[];
  /** Why figures are missing; undefined when none are. */
  readonly failure: string | undefined;
}

/** Time to end its own processes. */
const graceMs = 20_000;

/** Runs scenarios in a process of their own and gives what they told, however it ends. */
export async function runScenarios(order: ScenariosOrder, { timeoutMs, signal }: RunOptions): Promise<Ran> {
  using folder = new RunFolder();
  // A group of its own, so that what it leaves behind can be ended with it.
  const child = fork(new URL('./scenario-process.js', import.meta.url), [JSON.stringify(order)], {
    detached: true,
    env: { ...process.env, ...folder.env },
  });
  const figures: ScenarioFigures[] = [];
  child.on('message', (message) => figures.push(message as ScenarioFigures));
  const ended = once(child, 'exit');
  const timeout = AbortSignal.timeout(timeoutMs);
  const given = AbortSignal.any([signal, timeout]);
  const end = (): void => void endChild(child, ended);
  if (given.aborted) end();
  given.addEventListener('abort', end, { once: true });
  const [code, by] = await ended;
  given.removeEventListener('abort', end);
  endGroup(child);
  if (timeout.aborted) return { figures, failure: `took longer than ${Math.round(timeoutMs / 1000)} s` };
  return { figures, failure: code === 0 ? undefined : `its process ended with ${code ?? by}` };
}

async function endChild(child: ChildProcess, ended: Promise<unknown>): Promise<void> {
  child.kill('SIGTERM');
  const grace = new Promise((resolve) => setTimeout(resolve, graceMs).unref());
  await Promise.race([ended, grace]);
  endGroup(child);
}

/** Ends what is left of it: after a run in order that is nothing. */
function endGroup({ pid }: ChildProcess): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'ESRCH') throw cause;
  }
}
