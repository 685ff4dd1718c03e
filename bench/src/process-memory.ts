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
