/** Time, injected so that tests advance it. */
export interface Clock {
  /** Milliseconds since 1970, for what goes onto the wire. */
  now(): number;
  /** Milliseconds that only ever grow, for durations. */
  elapsed(): number;
  /** Calls `callback` once, `delayMs` from now; the returned function prevents it. */
  after(delayMs: number, callback: () => void): () => void;
}

/** A longer delay makes Node's timers fire at once. */
const longestDelayMs = 2 ** 31 - 1;

/** The machine's clock. */
export const systemClock: Clock = {
  now: () => Date.now(),
  elapsed: () => performance.now(),
  after(delayMs, callback) {
    const timer = setTimeout(callback, Math.min(delayMs, longestDelayMs));
    return () => clearTimeout(timer);
  },
};
