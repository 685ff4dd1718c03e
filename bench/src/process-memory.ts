import { readFileSync } from 'node:fs';
import { median } from './measure.js';

const everyMs = 500;

/** Looks at the memory of a process until it is stopped. Linux only. */
export function watchMemory(pid: number): { note(): string; stop(): void } {
  const seen: number[] = [];
  const looking = setInterval(() => seen.push(memoryMiB(pid)), everyMs);
  return {
    note() {
      const third = Math.ceil(seen.length / 3);
      const [start, middle, end] = [0, third, 2 * third].map((from) =>
        median(seen.slice(from, from + third)).toFixed(0),
      );
      return `memory ${start} MiB in the first third of ${(seen.length * everyMs) / 1000} s, ${middle} in the second, ${end} in the last`;
    },
    stop: () => clearInterval(looking),
  };
}

function memoryMiB(pid: number): number {
  const [, kibibytes = '0'] = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return Number(kibibytes) / 1024;
}
