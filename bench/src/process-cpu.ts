import { readFileSync } from 'node:fs';

/** What the kernel counts processor time in; fixed for user space on Linux. */
const ticksPerSecond = 100;

/** Processor seconds a process has used so far, of all its threads; undefined where /proc does not tell. */
export function processCpuSeconds(pid: number): number | undefined {
  if (process.platform !== 'linux') return undefined;
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  // The name in parentheses may hold anything; utime and stime are the 12th and 13th fields after it.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond;
}
