import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
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
  /** Waits until a line on standard output, or on the error stream, matches. */
  line(pattern: RegExp, timeoutMs?: number): Promise<string>;
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
  /** What stands on standard input; without it there is none. */
  input?: string;
  /** Leaves standard input open, to be written to later. */
  keepInput?: boolean;
}

/** No test sees the contexts of whoever runs it. */
const noSettings = join(tmpdir(), 'agentnet-tui-no-settings');

export function startAgentnet(
  args: readonly string[],
  { env = {}, cwd, input, keepInput = false }: SpawnSettings = {},
): AgentnetProcess {
  const child = spawn(process.execPath, [program, ...args], {
    stdio: [input === undefined && !keepInput ? 'ignore' : 'pipe', 'pipe', 'pipe'],
    env: { ...withoutAgentnet(process.env), XDG_CONFIG_HOME: noSettings, ...env },
    ...(cwd === undefined ? {} : { cwd }),
  });
  if (input !== undefined) child.stdin?.end(input);
  const lines: string[] = [];
  const errorLines: string[] = [];
  createInterface({ input: child.stdout as Readable }).on('line', (line) => lines.push(line));
  createInterface({ input: child.stderr as Readable }).on('line', (line) => errorLines.push(line));
  const closed = once(child, 'close').then(([code]: unknown[]) => code as number | null);
  const events = () => lines.filter((line) => line.startsWith('{')).map((line) => JSON.parse(line) as NetworkLine);
  const self: AgentnetProcess = {
    child,
    lines,
    output: () => lines.join('\n'),
    errors: () => errorLines.join('\n'),
    exitCode: () => closed,
    line: (pattern, timeoutMs = 30_000) =>
      eventually(() => {
        const found = [...lines, ...errorLines].find((line) => pattern.test(line));
        if (found === undefined && child.exitCode !== null)
          throw new Error(`ended without ${pattern}:\n${self.output()}\n${self.errors()}`);
        return found;
      }, timeoutMs),
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
  const {
    NATS_URL: _url,
    AGENTNET_TOKEN: _token,
    DATABASE_URL: _database,
    AGENTNET_OPERATOR: _operator,
    ...rest
  } = env;
  return rest;
}
