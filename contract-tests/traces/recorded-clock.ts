import type { Clock } from '@agentnet/sdk';

/** The clock of the recording: it stands still until the next recorded frame moves it. */
export class RecordedClock implements Clock {
  #nowMs: number;
  readonly #alarms = new Set<Alarm>();

  constructor(startMs: number) {
    this.#nowMs = startMs;
  }

  now(): number {
    return this.#nowMs;
  }

  elapsed(): number {
    return this.#nowMs;
  }

  after(delayMs: number, callback: () => void): () => void {
    const alarm = { atMs: this.#nowMs + delayMs, callback };
    this.#alarms.add(alarm);
    return () => void this.#alarms.delete(alarm);
  }

  /** Moves forward to an instant, never back, and rings what is due on the way in its order. */
  moveTo(atMs: number): void {
    for (let next = this.#nextUntil(atMs); next; next = this.#nextUntil(atMs)) {
      this.#alarms.delete(next);
      this.#nowMs = Math.max(this.#nowMs, next.atMs);
      next.callback();
    }
    this.#nowMs = Math.max(this.#nowMs, atMs);
  }

  #nextUntil(atMs: number): Alarm | undefined {
    return [...this.#alarms].filter((alarm) => alarm.atMs <= atMs).sort((a, b) => a.atMs - b.atMs)[0];
  }
}

interface Alarm {
  readonly atMs: number;
  readonly callback: () => void;
}
