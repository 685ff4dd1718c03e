import { performance } from 'node:perf_hooks';

/** What one run of a load cost. Latencies are milliseconds, for `memory` kibibytes. */
export interface Sample {
  readonly perSecond: number;
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
  readonly max: number;
  /** Calls or items of the run, where processor time is told for each of them. */
  readonly count?: number;
}

/** A closed loop that ends by the clock or by the number of calls, whichever comes first. */
export interface ClosedLoop {
  readonly inFlight: number;
  readonly seconds?: number;
  readonly count?: number;
}

/**
 * Runs `call` with `inFlight` at once and times each.
 *
 * Closed loop: the next call starts when one ends, so `perSecond` is the most this side can drive, and a stall hides the calls it kept from starting.
 */
export async function measureClosed(
  call: () => Promise<unknown>,
  { inFlight, seconds = Number.POSITIVE_INFINITY, count = Number.POSITIVE_INFINITY }: ClosedLoop,
): Promise<Sample> {
  const latencies: number[] = [];
  const begun = performance.now();
  const end = begun + seconds * 1000;
  let started = 0;
  const lane = async (): Promise<void> => {
    while (started++ < count) {
      const at = performance.now();
      await call();
      const done = performance.now();
      latencies.push(done - at);
      if (done >= end) return;
    }
  };
  await Promise.all(Array.from({ length: inFlight }, lane));
  return summarise(Float64Array.from(latencies), performance.now() - begun);
}

/** A closed loop of `count` calls. */
export function measureCalls(call: () => Promise<unknown>, inFlight: number, count: number): Promise<Sample> {
  return measureClosed(call, { inFlight, count });
}

/** Times one piece of work that handles `count` items; latencies are left at 0. */
export async function measureBulk(work: () => Promise<unknown>, count: number): Promise<Sample> {
  const at = performance.now();
  await work();
  const perSecond = (count / (performance.now() - at)) * 1000;
  return { ...only(perSecond), count };
}

/** A sample that is nothing but a rate. */
export function only(perSecond: number): Sample {
  return { perSecond, p50: 0, p95: 0, p99: 0, max: 0 };
}

/** A sample of one value: a time in milliseconds or a size. */
export function once(value: number): Sample {
  return { perSecond: 0, p50: value, p95: value, p99: value, max: value };
}

/** What a row of latencies amounts to; sorts them. */
export function summarise(latencies: Float64Array, elapsedMs: number): Sample {
  latencies.sort();
  const count = latencies.length;
  const at = (share: number): number => latencies[Math.min(count - 1, Math.floor(share * count))] ?? 0;
  return { perSecond: (count / elapsedMs) * 1000, p50: at(0.5), p95: at(0.95), p99: at(0.99), max: at(1), count };
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? 0;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? 0) + upper) / 2;
}
