import { setTimeout } from 'node:timers/promises';

/** Waits until `read` gives something other than undefined. The pause is between looks at the outside world, never instead of one. */
export async function eventually<T>(
  read: () => T | undefined | Promise<T | undefined>,
  timeoutMs = 10_000,
): Promise<T> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    const value = await read();
    if (value !== undefined) return value;
    if (performance.now() > deadline) throw new Error(`still undefined after ${timeoutMs} ms`);
    await setTimeout(20);
  }
}

export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

export async function untilGone(pid: number): Promise<void> {
  await eventually(() => (isRunning(pid) ? undefined : true));
}
