import { readFileSync } from 'node:fs';
import { familyCpuSeconds, processCpuSeconds } from './process-cpu.js';
import { memoryMiB, proportionalMiB } from './process-memory.js';

/** Who takes part in a load, in the order of the tables. */
export const roles = ['asking', 'answering', 'nats-server', 'registry', 'PostgreSQL'] as const;
export type Role = (typeof roles)[number];

/** The process behind each role, as it is now: a restarted one has another number. */
export type ProcessIds = Partial<Readonly<Record<Role, number>>>;

/** What a process has used so far, and holds now. */
export interface ProcessUse {
  readonly cpuSeconds: number;
  readonly memoryMiB: number;
}

export type ProcessUses = Partial<Record<Role, ProcessUse>>;

/** Looks at every process; those that are gone, and all where there is no /proc, are left out. */
export function lookAtProcesses(ids: ProcessIds): ProcessUses {
  if (process.platform !== 'linux') return {};
  const uses: ProcessUses = {};
  for (const role of roles) {
    const pid = ids[role];
    const use = pid ? whileItLives(() => (role === 'PostgreSQL' ? familyUse(pid) : useOf(pid))) : undefined;
    if (use) uses[role] = use;
  }
  return uses;
}

function useOf(pid: number): ProcessUse {
  return { cpuSeconds: processCpuSeconds(pid) ?? 0, memoryMiB: memoryMiB(pid) };
}

/** A server that has a process for each connection: those that ended are in the books of the first one. */
function familyUse(pid: number): ProcessUse {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').map(Number).filter(Boolean);
  const sum = (read: (pid: number) => number): number =>
    children.reduce((all, child) => all + (whileItLives(() => read(child)) ?? 0), 0);
  return {
    cpuSeconds: (familyCpuSeconds(pid) ?? 0) + sum((child) => processCpuSeconds(child) ?? 0),
    memoryMiB: proportionalMiB(pid) + sum(proportionalMiB),
  };
}

/** A process can end between two looks, and memory in parts is not everybody's to read. */
function whileItLives<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (cause) {
    const { code = '' } = cause as NodeJS.ErrnoException;
    if (['ENOENT', 'ESRCH', 'EACCES'].includes(code)) return undefined;
    throw cause;
  }
}
