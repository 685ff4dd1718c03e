import type { LatencyMetrics } from '@agentnet/protocol';

/** The last samples of one latency, in a ring. */
export class LatencyWindow {
  readonly #samples: Float64Array;
  #taken = 0;

  constructor(size: number) {
    this.#samples = new Float64Array(size);
  }

  add(durationMs: number): void {
    this.#samples[this.#taken % this.#samples.length] = durationMs;
    this.#taken += 1;
  }

  summary(): LatencyMetrics {
    const count = Math.min(this.#taken, this.#samples.length);
    const sorted = this.#samples.slice(0, count).sort();
    const percentile = (share: number) => {
      const value = sorted[Math.max(0, Math.ceil(share * count) - 1)] ?? 0;
      return Math.round(value * 100) / 100;
    };
    return { count, p50: percentile(0.5), p95: percentile(0.95), p99: percentile(0.99) };
  }
}
