import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const root = new URL('../../', import.meta.url);
/** The Python of the workspace. */
export const pythonProgram = fileURLToPath(
  new URL(process.platform === 'win32' ? '.venv/Scripts/python.exe' : '.venv/bin/python', root),
);

/** A Python program of `bench/python` that talks in JSON, a value per line. */
export interface PythonProcess {
  readonly pid: number;
  /** What it said first. */
  readonly hello: Readonly<Record<string, string>>;
  /** Hands it one value and gives its next one. */
  ask(value: unknown): Promise<unknown>;
  stop(): Promise<void>;
}

/** Starts a program and waits for its first line. */
export async function startPython(name: string, ...args: readonly string[]): Promise<PythonProcess> {
  if (!existsSync(pythonProgram)) throw new Error(`the Python of the workspace is missing; run npm run setup`);
  const program = fileURLToPath(new URL(`bench/python/${name}.py`, root));
  const child = spawn(pythonProgram, [program, ...args], { stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const next = async (): Promise<unknown> => {
    const { value, done } = await lines.next();
    if (done) throw new Error(`bench/python/${name}.py ended too early`);
    return JSON.parse(value);
  };
  return {
    pid: child.pid ?? 0,
    hello: (await next()) as Record<string, string>,
    ask(value) {
      child.stdin.write(`${JSON.stringify(value)}\n`);
      return next();
    },
    stop: () => stop(child),
  };
}

/** Those that read commands end with stdin, the server by the signal. */
async function stop(child: ChildProcess): Promise<void> {
  child.stdin?.end();
  child.kill('SIGTERM');
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
}
