import { performance } from 'node:perf_hooks';
import { type Sample, summarise } from './measure.js';

/** When calls are made, whatever becomes of the ones before. */
export interface OpenLoop {
  readonly perSecond: number;
  readonly seconds: number;
}

/** Time and waiting; replaced in tests. */
export interface LoopClock {
  now(): number;
  /** Resolves at `at` or later. */
  until(at: number): Promise<void>;
}

/** Timers of Node.js tick once in a millisecond, so up to one of it is in the latencies of both sides. */
const wallClock: LoopClock = {
  now: () => performance.now(),
  until: (at) => new Promise((resolve) => setTimeout(resolve, Math.max(0, at - performance.now()))),
};

/**
 * Makes calls at a constant rate and counts the latency of each from the time it was due, not from the time it was made: a stall is seen by
 * every call it held up.
 */
export async function measureOpen(
  call: () => Promise<unknown>,
  { perSecond, seconds }: OpenLoop,
  clock: LoopClock = wallClock,
): Promise<Sample> {
  const count = Math.max(1, Math.round(perSecond * seconds));
  const everyMs = 1000 / perSecond;
  const latencies = new Float64Array(count);
  const calls: Promise<void>[] = [];
  const begun = clock.now();
  const make = async (index: number): Promise<void> => {
    await call();
    latencies[index] = clock.now() - (begun + index * everyMs);
  };
  while (calls.length < count) {
    const due = Math.min(count, Math.floor((clock.now() - begun) / everyMs) + 1);
    while (calls.length < due) calls.push(make(calls.length));
    if (calls.length < count) await clock.until(begun + calls.length * everyMs);
  }
  await Promise.all(calls);
  return summarise(latencies, clock.now() - begun);
}
