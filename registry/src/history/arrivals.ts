import type { Captured } from './captured.js';

export interface Room {
  readonly messages: number;
  /** The message that exceeds them still comes along. */
  readonly bytes: number;
}

/** Bodies that came and wait for their one reader. They pass in bulk: a promise for each would cost more than reading it. */
export class Arrivals<T extends Captured> {
  #waiting: T[] = [];
  #bytes = 0;
  #ended = false;
  #failure: Error | undefined;
  #wake = () => {};

  get count(): number {
    return this.#waiting.length;
  }

  get bytes(): number {
    return this.#bytes;
  }

  add(captured: T): void {
    this.#waiting.push(captured);
    this.#bytes += captured.body.length;
    this.#wake();
  }

  /** Takes the oldest for which there is room; at least one unless there is none. */
  take(room: Room): T[] {
    const before = this.#bytes;
    let count = 0;
    while (count < room.messages && before - this.#bytes < room.bytes) {
      const next = this.#waiting[count];
      if (!next) break;
      this.#bytes -= next.body.length;
      count += 1;
    }
    return this.#waiting.splice(0, count);
  }

  /**
   * Resolves to true once something waits, to false when nothing will come any more.
   *
   * @throws what it failed with, after all that came before has been taken
   */
  async arrived(): Promise<boolean> {
    while (this.#waiting.length === 0) {
      if (this.#failure) throw this.#failure;
      if (this.#ended) return false;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    return true;
  }

  /** What waits is still delivered. */
  end(): void {
    this.#ended = true;
    this.#wake();
  }

  fail(cause: Error): void {
    this.#failure ??= cause;
    this.#wake();
  }

  get hasFailed(): boolean {
    return this.#failure !== undefined;
  }

  clear(): void {
    this.#waiting = [];
    this.#bytes = 0;
  }
}
