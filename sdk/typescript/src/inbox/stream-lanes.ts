/** Bounds of the lanes. */
export interface LaneLimits {
  readonly maxPending: number;
  readonly maxConcurrency: number;
}

/** A queue per stream: items of one stream run one after the other, in order; up to `maxConcurrency` streams run side by side. */
export class StreamLanes<T> {
  readonly #limits: LaneLimits;
  readonly #work: (item: T) => Promise<void> | undefined;
  readonly #lanes = new Map<string, T[]>();
  /** Streams with work that no worker is busy with, in the order they got it. */
  readonly #ready = new Set<string>();
  #running = 0;
  #pending = 0;
  #whenIdle: (() => void)[] = [];

  /** @param work - never rejects */
  constructor(limits: LaneLimits, work: (item: T) => Promise<void> | undefined) {
    this.#limits = limits;
    this.#work = work;
  }

  get pending(): number {
    return this.#pending;
  }

  get running(): number {
    return this.#running;
  }

  get hasRoom(): boolean {
    return this.#pending < this.#limits.maxPending;
  }

  push(stream: string, item: T): void {
    const lane = this.#lanes.get(stream);
    this.#pending++;
    if (lane) {
      lane.push(item);
      return;
    }
    this.#lanes.set(stream, [item]);
    this.#ready.add(stream);
    this.#startReady();
  }

  /** Resolves once nothing waits and nothing runs. */
  idle(): Promise<void> {
    if (this.#running === 0 && this.#pending === 0) return Promise.resolve();
    return new Promise((resolve) => this.#whenIdle.push(resolve));
  }

  /** Takes everything that still waits, away from the workers. */
  takePending(): T[] {
    const items = [...this.#lanes.values()].flatMap((lane) => lane.splice(0));
    for (const stream of this.#ready) this.#lanes.delete(stream);
    this.#ready.clear();
    this.#pending = 0;
    return items;
  }

  #startReady(): void {
    for (const stream of this.#ready) {
      if (this.#running >= this.#limits.maxConcurrency) return;
      this.#ready.delete(stream);
      this.#running++;
      void this.#run(stream);
    }
  }

  /** One item, then other streams have their turn. */
  async #run(stream: string): Promise<void> {
    const lane = this.#lanes.get(stream) ?? [];
    const item = lane.shift();
    if (item !== undefined) {
      this.#pending--;
      await this.#work(item);
    }
    this.#running--;
    if (lane.length > 0) this.#ready.add(stream);
    else this.#lanes.delete(stream);
    this.#startReady();
    if (this.#running === 0 && this.#pending === 0) this.#reportIdle();
  }

  #reportIdle(): void {
    const resolvers = this.#whenIdle;
    this.#whenIdle = [];
    for (const resolve of resolvers) resolve();
  }
}
