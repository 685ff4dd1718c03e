import { performance } from 'node:perf_hooks';

/** What one run of a load cost. Latencies are milliseconds. */
export interface Sample {
  readonly perSecond: number;
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
  readonly max: number;
}

/**
 * Runs `call` `count` times with `inFlight` at once and times each.
 *
 * Closed loop: the next call starts when one ends, so `perSecond` is the most this side can drive.
 */
export async function measureCalls(call: () => Promise<unknown>, inFlight: number, count: number): Promise<Sample> {
  const latencies = new Float64Array(count);
  let started = 0;
  const lane = async (): Promise<void> => {
    for (let index = started++; index < count; index = started++) {
      const at = performance.now();
      await call();
      latencies[index] = performance.now() - at;
    }
  };
  const at = performance.now();
  await Promise.all(Array.from({ length: inFlight }, lane));
  return summarise(latencies, performance.now() - at);
}

/** Times one piece of work that handles `count` items; latencies are left at 0. */
export async function measureBulk(work: () => Promise<unknown>, count: number): Promise<Sample> {
  const at = performance.now();
  await work();
  const perSecond = (count / (performance.now() - at)) * 1000;
  return { perSecond, p50: 0, p95: 0, p99: 0, max: 0 };
}

/** What a row of latencies amounts to; sorts them. */
export function summarise(latencies: Float64Array, elapsedMs: number): Sample {
  latencies.sort();
  const at = (share: number): number =>
    latencies[Math.min(latencies.length - 1, Math.floor(share * latencies.length))] ?? 0;
  return { perSecond: (latencies.length / elapsedMs) * 1000, p50: at(0.5), p95: at(0.95), p99: at(0.99), max: at(1) };
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? 0;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? 0) + upper) / 2;
}
