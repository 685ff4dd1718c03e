import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { eventually } from './eventually.js';

const program = fileURLToPath(new URL('../bin/agentnet.mjs', import.meta.url));

/** The command as a person runs it: a process of its own, without a terminal. */
export interface AgentnetProcess {
  child: ChildProcess;
  /** All lines on standard output so far. */
  lines: string[];
  output(): string;
  errors(): string;
  /** Waits for the event of `agentnet up --json` with this name. */
  event(name: string, timeoutMs?: number): Promise<NetworkLine>;
  /** Waits for the end and gives the exit code. */
  exitCode(): Promise<number | null>;
}

export interface NetworkLine {
  event: string;
  nats_url: string;
  data_dir: string;
  pid: number;
  [field: string]: unknown;
}

export interface SpawnSettings {
  env?: Record<string, string>;
  cwd?: string;
}

export function startAgentnet(args: readonly string[], { env = {}, cwd }: SpawnSettings = {}): AgentnetProcess {
  const child = spawn(process.execPath, [program, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...withoutAgentnet(process.env), ...env },
    ...(cwd === undefined ? {} : { cwd }),
  });
  const lines: string[] = [];
  const errorLines: string[] = [];
  createInterface({ input: child.stdout }).on('line', (line) => lines.push(line));
  createInterface({ input: child.stderr }).on('line', (line) => errorLines.push(line));
  const closed = once(child, 'close').then(([code]: unknown[]) => code as number | null);
  const events = () => lines.filter((line) => line.startsWith('{')).map((line) => JSON.parse(line) as NetworkLine);
  const self: AgentnetProcess = {
    child,
    lines,
    output: () => lines.join('\n'),
    errors: () => errorLines.join('\n'),
    exitCode: () => closed,
    event: (name, timeoutMs = 90_000) =>
      eventually(() => {
        const found = events().find(({ event }) => event === name);
        if (!found && child.exitCode !== null)
          throw new Error(`ended without ${name}:\n${self.output()}\n${self.errors()}`);
        return found;
      }, timeoutMs),
  };
  return self;
}

/** Runs a command to its end. */
export async function agentnet(args: readonly string[], settings?: SpawnSettings) {
  const running = startAgentnet(args, settings);
  const code = await running.exitCode();
  return { code, output: running.output(), errors: running.errors() };
}

function withoutAgentnet(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const { NATS_URL: _url, AGENTNET_TOKEN: _token, DATABASE_URL: _database, ...rest } = env;
  return rest;
}
