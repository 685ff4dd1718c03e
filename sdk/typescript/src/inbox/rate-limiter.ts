import { limits } from '@agentnet/protocol';
import type { Clock } from '../clock.js';

interface Bucket {
  tokens: number;
  filledAt: number;
}

/** A token bucket per sender. It starts full and refills continuously. */
export class RateLimiter {
  readonly #perMs: number;
  readonly #burst: number;
  readonly #clock: Clock;
  /** Ordered by last use, so that idle ones are at the front. */
  readonly #buckets = new Map<string, Bucket>();

  constructor(perSecond: number, burst: number, clock: Clock) {
    this.#perMs = perSecond / 1000;
    this.#burst = burst;
    this.#clock = clock;
  }

  /** Spends one token; false when there is none. */
  take(sender: string): boolean {
    if (this.#perMs === Number.POSITIVE_INFINITY) return true;
    const now = this.#clock.elapsed();
    const bucket = this.#buckets.get(sender) ?? { tokens: this.#burst, filledAt: now };
    bucket.tokens = Math.min(this.#burst, bucket.tokens + (now - bucket.filledAt) * this.#perMs);
    bucket.filledAt = now;
    this.#buckets.delete(sender);
    this.#buckets.set(sender, bucket);
    this.#sweep(now);
    if (bucket.tokens < 1) return false;
    bucket.tokens--;
    return true;
  }

  /** Undoes a `take` that turned out not to count. */
  giveBack(sender: string): void {
    const bucket = this.#buckets.get(sender);
    if (bucket) bucket.tokens = Math.min(this.#burst, bucket.tokens + 1);
  }

  /** A bucket idle long enough to be full again says nothing that a new one would not. */
  #sweep(now: number): void {
    const idleSince = now - this.#burst / this.#perMs;
    for (const [sender, { filledAt }] of this.#buckets) {
      if (filledAt > idleSince && this.#buckets.size <= limits.senderMaxEntries) return;
      this.#buckets.delete(sender);
    }
  }
}
