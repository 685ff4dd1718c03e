import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';

/** Waits for the end of a child process and returns its exit code, null when a signal ended it. */
export async function exited(child: ChildProcess): Promise<number | null> {
  if (child.exitCode === null && child.signalCode === null && child.pid !== undefined) await once(child, 'exit');
  return child.exitCode;
}
