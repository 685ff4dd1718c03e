import { randomUUID } from 'node:crypto';
import { readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath, pathToFileURL } from 'node:url';

const program = pathToFileURL(fileURLToPath(new URL('./tell-live-memory.js', import.meta.url))).href;
const everyMs = 500;
const patienceMs = 10_000;

/** Looks at the memory of a process. Linux only. */
export interface MemoryWatch {
  /** Arguments for node, and variables, with which the program has to be started. */
  readonly nodeArguments: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** Begins to look at how much the system has given to the process. */
  begin(pid: number): void;
  /** Lets the program collect its garbage, and remembers what was left and when. */
  look(): Promise<void>;
  note(): string;
  stop(): void;
}

/** Tells what a program holds, which must not grow, apart from garbage that waits to be collected. */
export function watchMemory(): MemoryWatch {
  const file = join(tmpdir(), `agentnet-live-memory-${randomUUID()}`);
  const live: { atMs: number; bytes: number }[] = [];
  let resident = 0;
  let watched = 0;
  let looking: NodeJS.Timeout | undefined;
  const told = () => readLines(file).map(Number);
  return {
    nodeArguments: ['--import', program],
    env: { LIVE_MEMORY_FILE: file },
    begin(pid) {
      watched = pid;
      looking = setInterval(() => {
        resident = Math.max(resident, memoryMiB(pid));
      }, everyMs);
    },
    async look() {
      process.kill(watched, 'SIGUSR2');
      const until = performance.now() + patienceMs;
      while (told().length <= live.length && performance.now() < until) await pause(everyMs / 10);
      const bytes = told()[live.length];
      if (bytes !== undefined) live.push({ atMs: performance.now(), bytes });
    },
    note() {
      const [first] = live;
      const seen = live.map(({ atMs, bytes }) => {
        const seconds = Math.round((atMs - (first?.atMs ?? 0)) / 1000);
        return `${(bytes / 2 ** 20).toFixed(1)} MiB after ${seconds} s`;
      });
      return `memory in use: ${seen.join(', ')}; resident at most ${resident.toFixed(0)} MiB`;
    },
    stop() {
      clearInterval(looking);
      rmSync(file, { force: true });
    },
  };
}

/** Memory a process holds. Linux only. */
export function memoryMiB(pid: number): number {
  return kibibytes(`/proc/${pid}/status`, 'VmRSS') / 1024;
}

/** As `memoryMiB`, with what is shared counted in parts, so that the sum over processes that share it is what they hold together. */
export function proportionalMiB(pid: number): number {
  return kibibytes(`/proc/${pid}/smaps_rollup`, 'Pss') / 1024;
}

function kibibytes(file: string, field: string): number {
  const [, found = '0'] = new RegExp(`^${field}:\\s+(\\d+) kB$`, 'm').exec(readFileSync(file, 'utf8')) ?? [];
  return Number(found);
}

function readLines(file: string): string[] {
  try {
    return readFileSync(file, 'utf8').split('\n').slice(0, -1);
  } catch {
    return [];
  }
}
