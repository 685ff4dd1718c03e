/** A bounded first-in first-out queue with a fixed number of workers. */
export class WorkQueue<T> {
  readonly #maxPending: number;
  readonly #maxConcurrency: number;
  readonly #work: (item: T) => Promise<void>;
  #waiting: T[] = [];
  /** Index of the first item not yet taken; taken ones are cut off now and then, because `shift` copies the array. */
  #head = 0;
  #running = 0;
  #whenIdle: (() => void)[] = [];

  /** @param work - never rejects */
  constructor(limits: { maxPending: number; maxConcurrency: number }, work: (item: T) => Promise<void>) {
    this.#maxPending = limits.maxPending;
    this.#maxConcurrency = limits.maxConcurrency;
    this.#work = work;
  }

  /** Items that wait for a worker. */
  get pending(): number {
    return this.#waiting.length - this.#head;
  }

  /** Items a worker is busy with. */
  get running(): number {
    return this.#running;
  }

  /** @param promised - items on their way that will be pushed, too */
  hasRoomBeside(promised: number): boolean {
    return this.#running + this.pending + promised < this.#maxConcurrency + this.#maxPending;
  }

  push(item: T): void {
    if (this.#running < this.#maxConcurrency) this.#start(item);
    else this.#waiting.push(item);
  }

  /** Resolves once nothing waits and nothing runs. */
  idle(): Promise<void> {
    if (this.#running === 0 && this.pending === 0) return Promise.resolve();
    return new Promise((resolve) => this.#whenIdle.push(resolve));
  }

  /** Takes everything that still waits, away from the workers. */
  takePending(): T[] {
    const items = this.#waiting.slice(this.#head);
    this.#waiting = [];
    this.#head = 0;
    return items;
  }

  #start(item: T): void {
    this.#running++;
    void this.#work(item).then(() => this.#next());
  }

  #next(): void {
    this.#running--;
    const item = this.#waiting[this.#head];
    if (item === undefined) {
      if (this.#running === 0) this.#reportIdle();
      return;
    }
    this.#head++;
    this.#compact();
    this.#start(item);
  }

  #reportIdle(): void {
    const resolvers = this.#whenIdle;
    this.#whenIdle = [];
    for (const resolve of resolvers) resolve();
  }

  #compact(): void {
    if (this.#head < 64 || this.#head * 2 < this.#waiting.length) return;
    this.#waiting = this.#waiting.slice(this.#head);
    this.#head = 0;
  }
}
