import type { RecordedClock } from './recorded-clock.js';

/** How the handlers of one agent wait. It counts them, so that whoever moves the clock knows when only the clock can go on. */
export class Pauses {
  readonly #clock: RecordedClock;
  #open = 0;

  constructor(clock: RecordedClock) {
    this.#clock = clock;
  }

  /** Handlers that wait now. */
  get open(): number {
    return this.#open;
  }

  /** Resolves after `delayMs` by the clock, or when the handler is told to stop. */
  sleep(delayMs: number, signal: AbortSignal): Promise<void> {
    return this.#pause(signal, (end) => this.#clock.after(delayMs, end));
  }

  /** Resolves when the handler is told to stop. */
  untilStopped(signal: AbortSignal): Promise<void> {
    return this.#pause(signal, () => () => undefined);
  }

  #pause(signal: AbortSignal, begin: (end: () => void) => () => void): Promise<void> {
    this.#open++;
    return new Promise((resolve) => {
      const end = () => {
        cancel();
        signal.removeEventListener('abort', end);
        // Counted off at once, not when the handler runs again: between the two the agent is busy.
        this.#open--;
        resolve();
      };
      const cancel = begin(end);
      signal.addEventListener('abort', end);
    });
  }
}
