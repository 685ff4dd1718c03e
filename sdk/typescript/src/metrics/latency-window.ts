import { limits } from '@agentnet/protocol';

/** The last durations of one operation. */
export class LatencyWindow {
  readonly #samples: number[] = [];
  #next = 0;

  add(durationMs: number): void {
    this.#samples[this.#next] = durationMs;
    this.#next = (this.#next + 1) % limits.metricsWindowSize;
  }

  /** Milliseconds, rounded to two places; zeros before the first sample. */
  summary(): LatencySummary {
    const sorted = [...this.#samples].sort((a, b) => a - b);
    const at = (share: number) => round(sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0);
    return { count: sorted.length, p50: at(0.5), p95: at(0.95), p99: at(0.99) };
  }
}

/** Latency of one operation over its last calls, in milliseconds. */
export interface LatencySummary {
  readonly count: number;
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
}

export function round(value: number): number {
  return Math.round(value * 100) / 100;
}
