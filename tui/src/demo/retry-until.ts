import { setTimeout } from 'node:timers/promises';

export interface RetryOptions {
  signal: AbortSignal;
  /** What to throw when the time is up. */
  failure: () => Error;
  /** @default 10_000 */
  timeoutMs?: number;
}

const pauseMs = 50;

/** Asks again until the answer is good: presence and history are written shortly after the fact. */
export async function retryUntil<T>(
  ask: () => Promise<T>,
  isGood: (answer: T) => boolean,
  { signal, failure, timeoutMs = 10_000 }: RetryOptions,
): Promise<T> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    const answer = await ask();
    if (isGood(answer)) return answer;
    if (performance.now() >= deadline) throw failure();
    await setTimeout(pauseMs, undefined, { signal });
  }
}
