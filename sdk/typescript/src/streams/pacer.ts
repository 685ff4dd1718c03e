import { limits } from '@agentnet/protocol';
import type { Clock } from '../clock.js';

/** Spends tokens that come at a steady rate, waiting where there is none: the mirror of the receiver's rate limit. */
export class Pacer {
  readonly #perMs: number;
  readonly #burst: number;
  readonly #clock: Clock;
  #tokens: number;
  #filledAt: number;

  constructor(perSecond: number, burst: number, clock: Clock) {
    this.#perMs = perSecond / 1000;
    this.#burst = burst;
    this.#clock = clock;
    this.#tokens = burst;
    this.#filledAt = clock.elapsed();
  }

  /** Milliseconds until there is a token. */
  get readyInMs(): number {
    return Math.max(0, (1 - this.#fill()) / this.#perMs);
  }

  /** Whether nothing was spent for so long that a new pacer would be the same. */
  get isFull(): boolean {
    return this.#fill() >= this.#burst;
  }

  /** Spends one token, at once or when it comes. */
  async take(): Promise<void> {
    const waitMs = this.readyInMs;
    this.#tokens--;
    if (waitMs > 0) await pause(this.#clock, waitMs);
  }

  #fill(): number {
    const now = this.#clock.elapsed();
    this.#tokens = Math.min(this.#burst, this.#tokens + (now - this.#filledAt) * this.#perMs);
    this.#filledAt = now;
    return this.#tokens;
  }
}

/** One pacer for all streams of a session to one account. */
export class Pacers {
  readonly #clock: Clock;
  readonly #pacers = new Map<string, Pacer>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  of(accountId: string): Pacer {
    const pacer =
      this.#pacers.get(accountId) ?? new Pacer(limits.rateLimitPerSecond, limits.streamSendBurst, this.#clock);
    for (const [other, { isFull }] of this.#pacers) if (isFull) this.#pacers.delete(other);
    this.#pacers.set(accountId, pacer);
    return pacer;
  }
}

export function pause(clock: Clock, ms: number): Promise<void> {
  return new Promise((resolve) => void clock.after(ms, resolve));
}
