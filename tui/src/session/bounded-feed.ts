/** A queue between what comes at its own pace and who takes it slowly. When it is full, the newest are dropped and counted. */
export class BoundedFeed<T> {
  readonly #waiting: T[] = [];
  readonly #capacity: number;
  #wake: () => void = () => undefined;
  #isOver = false;
  #dropped = 0;

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  get dropped(): number {
    return this.#dropped;
  }

  push(item: T): void {
    if (this.#isOver) return;
    if (this.#waiting.length >= this.#capacity) this.#dropped++;
    else this.#waiting.push(item);
    this.#wake();
  }

  /** Nothing more comes; what waits is still given. */
  end(): void {
    this.#isOver = true;
    this.#wake();
  }

  /** Gives what waits, all at once, until the end. */
  async *batches(): AsyncGenerator<T[]> {
    for (;;) {
      if (this.#waiting.length > 0) yield this.#waiting.splice(0);
      else if (this.#isOver) return;
      else await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }
}
