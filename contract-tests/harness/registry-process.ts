import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { exited } from './exited.js';

export interface RegistryProcessOptions {
  natsUrl: string;
  /** Environment that names the database, from `TestDatabase.env`. */
  database: Readonly<Record<string, string>>;
  /** Further environment of the process. */
  env?: Readonly<Record<string, string>>;
  /** Milliseconds until it must report `ready`. @default 60_000 */
  timeoutMs?: number;
}

/** A registry in a process of its own, as an operator runs it. */
export interface RegistryProcess extends AsyncDisposable {
  readonly pid: number;
  /** The last lines of its log. */
  readonly log: string;
  /** Its page of Prometheus metrics; needs `HTTP_PORT` in its environment. */
  metrics(): Promise<string>;
  /** Asks it to end; returns the exit code. */
  stop(): Promise<number | null>;
  /** Ends it at once. */
  kill(signal?: NodeJS.Signals): Promise<void>;
  /** Starts a new process after `stop()` or `kill()`, ending the old one first if it still runs. */
  restart(): Promise<void>;
}

/** Sessions live 3 s, so that scenarios about time stay short. */
export const shortLived: Readonly<Record<string, string>> = {
  AGENT_TTL_SECONDS: '3',
  HEARTBEAT_INTERVAL_SECONDS: '1',
  GC_INTERVAL_SECONDS: '1',
  LOG_LEVEL: 'info',
};

interface Output {
  text: string;
  httpPort?: string | undefined;
}

const program = fileURLToPath(new URL('main.js', import.meta.resolve('@agentnet/registry')));
const keptLogCharacters = 8000;

/** Starts the registry program and returns once it reports `ready`. */
export async function startRegistry(options: RegistryProcessOptions): Promise<RegistryProcess> {
  const output: Output = { text: '' };
  let child = await launch(options, output);
  const stop = async (): Promise<number | null> => {
    child.kill('SIGTERM');
    return exited(child);
  };
  return {
    get pid() {
      return child.pid ?? 0;
    },
    get log() {
      return output.text;
    },
    async metrics() {
      if (output.httpPort === undefined) throw new Error('the registry has no HTTP_PORT in its environment');
      return (await fetch(`http://127.0.0.1:${output.httpPort}/metrics`)).text();
    },
    stop,
    async kill(signal = 'SIGKILL') {
      child.kill(signal);
      await exited(child);
    },
    async restart() {
      await stop();
      child = await launch(options, output);
    },
    async [Symbol.asyncDispose]() {
      await stop();
    },
  };
}

async function launch(options: RegistryProcessOptions, output: Output): Promise<ChildProcess> {
  const { NODE_OPTIONS: _ignored, DATABASE_URL: _unset, ...inherited } = process.env;
  const child = spawn(process.execPath, [program], {
    env: { ...inherited, ...shortLived, NATS_URL: options.natsUrl, ...options.database, ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  try {
    await ready(child, output, options.timeoutMs ?? 60_000);
  } catch (cause) {
    child.kill('SIGKILL');
    await exited(child);
    throw cause;
  }
  return child;
}

function ready(child: ChildProcess, output: Output, timeoutMs: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const fail = (why: string): void => reject(new Error(`the registry ${why}; its log ends:\n${output.text}`));
    const timer = setTimeout(() => fail(`was not ready within ${timeoutMs} ms`), timeoutMs);
    child.once('exit', (code, signal) => {
      clearTimeout(timer);
      fail(`ended with ${code ?? signal} before it was ready`);
    });
    const read = (chunk: Buffer): void => {
      output.text = (output.text + chunk.toString()).slice(-keptLogCharacters);
      if (!chunk.includes('"event":"ready"')) return;
      output.httpPort = [...output.text.matchAll(/"http_port":(\d+)/g)].at(-1)?.[1];
      clearTimeout(timer);
      resolve();
    };
    child.stdout?.on('data', read);
    child.stderr?.on('data', read);
  });
}
