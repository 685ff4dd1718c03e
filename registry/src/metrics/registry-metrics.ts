import type { HandlerMetrics, LatencyMetrics } from '@agentnet/protocol';
import { LatencyWindow } from './latency-window.js';

export interface Refusals {
  readonly operation: string;
  readonly code: string;
  readonly count: number;
}

/** Counters and latencies of this process since it started. */
export class RegistryMetrics {
  readonly #windowSize: number;
  readonly #latencies = new Map<string, LatencyWindow>();
  readonly #handlers = new Map<string, HandlerMetrics>();
  readonly #refusals = new Map<string, { operation: string; code: string; count: number }>();

  constructor(windowSize: number) {
    this.#windowSize = windowSize;
  }

  get windowSize(): number {
    return this.#windowSize;
  }

  /** One call of `handler`. */
  called(handler: string): void {
    this.#handler(handler).calls += 1;
  }

  /** How one call of `handler` went. */
  finished(handler: string, durationMs: number, failed: boolean): void {
    this.observe(`handler.${handler}`, durationMs);
    if (failed) this.#handler(handler).errors += 1;
  }

  refused(operation: string, code: string): void {
    const key = `${operation} ${code}`;
    const entry = this.#refusals.get(key) ?? { operation, code, count: 0 };
    entry.count += 1;
    this.#refusals.set(key, entry);
  }

  /** One latency sample under any name, `db.persist_batch` for example. */
  observe(name: string, durationMs: number): void {
    let window = this.#latencies.get(name);
    if (!window) {
      window = new LatencyWindow(this.#windowSize);
      this.#latencies.set(name, window);
    }
    window.add(durationMs);
  }

  latencies(): Record<string, LatencyMetrics> {
    return sortedRecord([...this.#latencies].map(([name, window]) => [name, window.summary()]));
  }

  handlers(): Record<string, HandlerMetrics> {
    return sortedRecord([...this.#handlers].map(([name, counts]) => [name, { ...counts }]));
  }

  refusals(): Refusals[] {
    return [...this.#refusals.values()];
  }

  #handler(name: string): HandlerMetrics {
    let counts = this.#handlers.get(name);
    if (!counts) {
      counts = { calls: 0, errors: 0 };
      this.#handlers.set(name, counts);
    }
    return counts;
  }
}

function sortedRecord<T>(entries: [string, T][]): Record<string, T> {
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
}
