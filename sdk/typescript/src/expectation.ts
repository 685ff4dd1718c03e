import type { Clock } from './clock.js';
import { type AgentNetError, TransportError } from './errors.js';

type Outcome<T> = { value: T } | { error: AgentNetError };

/** Something that arrives from the network at most once; the first outcome counts, later ones are ignored. */
export class Expectation<T> {
  readonly #clock: Clock;
  #outcome: Outcome<T> | undefined;
  #wake: ((outcome: Outcome<T>) => void) | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get isSettled(): boolean {
    return this.#outcome !== undefined;
  }

  arrive(value: T): void {
    this.#settle({ value });
  }

  fail(error: AgentNetError): void {
    this.#settle({ error });
  }

  /**
   * What arrived, or undefined when nothing did within `timeoutMs`; then one may wait again. One waiter at a time.
   *
   * @throws {AgentNetError} whatever it failed with
   */
  within(timeoutMs: number): Promise<T | undefined> {
    return new Promise((resolve, reject) => {
      const finish = (outcome: Outcome<T>) => ('value' in outcome ? resolve(outcome.value) : reject(outcome.error));
      if (this.#outcome) return finish(this.#outcome);
      const cancel = this.#clock.after(timeoutMs, () => {
        this.#wake = undefined;
        resolve(undefined);
      });
      this.#wake = (outcome) => {
        cancel();
        finish(outcome);
      };
    });
  }

  #settle(outcome: Outcome<T>): void {
    if (this.#outcome) return;
    this.#outcome = outcome;
    this.#wake?.(outcome);
    this.#wake = undefined;
  }
}

/** Fails `expectation` with `cancelled` when `signal` is aborted; the returned function ends that. */
export function cancelOn<T>(signal: AbortSignal | undefined, expectation: Expectation<T>): () => void {
  if (!signal) return () => undefined;
  const cancel = () =>
    expectation.fail(new TransportError('cancelled', 'the call was cancelled', { cause: signal.reason }));
  if (signal.aborted) cancel();
  signal.addEventListener('abort', cancel, { once: true });
  return () => signal.removeEventListener('abort', cancel);
}
