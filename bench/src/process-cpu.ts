import { readFileSync } from 'node:fs';

/** What the kernel counts processor time in; fixed for user space on Linux. */
const ticksPerSecond = 100;

/** Processor seconds a process has used so far, of all its threads; undefined where /proc does not tell. */
export function processCpuSeconds(pid: number): number | undefined {
  return cpuSeconds(pid, ['own']);
}

/** As `processCpuSeconds`, with the children that have ended. */
export function familyCpuSeconds(pid: number): number | undefined {
  return cpuSeconds(pid, ['own', 'children']);
}

/** utime and stime, cutime and cstime: the 12th to 15th fields after the name. */
const fieldOf = { own: 11, children: 13 } as const;

function cpuSeconds(pid: number, of: readonly (keyof typeof fieldOf)[]): number | undefined {
  if (process.platform !== 'linux') return undefined;
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  // The name in parentheses may hold anything.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return of.reduce((sum, whose) => {
    const first = fieldOf[whose];
    return sum + (Number(fields[first]) + Number(fields[first + 1])) / ticksPerSecond;
  }, 0);
}
