/** A bounded first-in first-out queue with a fixed number of workers. */
export class WorkQueue<T> {
  readonly #maxPending: number;
  readonly #maxConcurrency: number;
  readonly #work: (item: T) => Promise<void> | undefined;
  #waiting: T[] = [];
  /** Index of the first item not yet taken; taken ones are cut off now and then, because `shift` copies the array. */
  #head = 0;
  #running = 0;
  #whenIdle: (() => void)[] = [];

  /** @param work - never throws or rejects; without a promise the item is done */
  constructor(limits: { maxPending: number; maxConcurrency: number }, work: (item: T) => Promise<void> | undefined) {
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

  /** Works on until an item takes its time: a call for each would nest as deep as the queue is long. */
  #start(first: T): void {
    for (let item: T | undefined = first; item !== undefined; item = this.#takeNext()) {
      this.#running++;
      const working = this.#work(item);
      if (working) {
        void working.then(() => this.#next());
        return;
      }
      this.#running--;
    }
    if (this.#running === 0) this.#reportIdle();
  }

  #next(): void {
    this.#running--;
    const item = this.#takeNext();
    if (item !== undefined) this.#start(item);
    else if (this.#running === 0) this.#reportIdle();
  }

  #takeNext(): T | undefined {
    const item = this.#waiting[this.#head];
    if (item === undefined) return undefined;
    this.#head++;
    this.#compact();
    return item;
  }

  #reportIdle(): void {
    if (this.#whenIdle.length === 0) return;
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
