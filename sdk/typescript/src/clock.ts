import { WallClock } from './wall-clock.js';

/** Time, injected so that tests advance it. */
export interface Clock {
  /** Milliseconds since 1970, for what goes onto the wire; microseconds as the fraction, if the clock knows them. */
  now(): number;
  /** Milliseconds that only ever grow, for durations. */
  elapsed(): number;
  /** Calls `callback` once, `delayMs` from now; the returned function prevents it. */
  after(delayMs: number, callback: () => void): () => void;
}

/** A longer delay makes Node's timers fire at once. */
const longestDelayMs = 2 ** 31 - 1;

const wall = new WallClock({
  originMs: performance.timeOrigin,
  wallMs: () => Date.now(),
  steadyMs: () => performance.now(),
});

/** The machine's clock. No two readings of `now` are the same. */
export const systemClock: Clock = {
  now: () => wall.nowMs(),
  elapsed: () => performance.now(),
  after(delayMs, callback) {
    const timer = setTimeout(callback, Math.min(delayMs, longestDelayMs));
    return () => clearTimeout(timer);
  },
};
