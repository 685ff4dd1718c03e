import type { Logger } from 'pino';

/** What was started, to be ended in the opposite order, each once. */
export class Teardown {
  readonly #log: Logger;
  readonly #steps: { name: string; end: () => Promise<void> }[] = [];
  #running: Promise<void> | undefined;

  constructor(log: Logger) {
    this.#log = log;
  }

  add(name: string, end: () => Promise<void>): void {
    this.#steps.push({ name, end });
  }

  /** Never rejects: a step that fails, because NATS or the database is away, is logged and does not keep the others from ending. */
  run(): Promise<void> {
    this.#running ??= this.#endAll();
    return this.#running;
  }

  async #endAll(): Promise<void> {
    for (const { name, end } of this.#steps.toReversed()) {
      try {
        await end();
      } catch (err) {
        this.#log.error({ event: 'teardown_failed', step: name, err });
      }
    }
  }
}
