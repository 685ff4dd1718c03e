/** Puts the deltas of one stream into the order of `seq`, each once. Knows no time. */
export class DeltaOrder {
  readonly #early = new Map<number, string>();
  #next: number | undefined;
  #joined = '';
  #bytes = 0;

  /** @param first - Place of the first delta, if the stream has said it. */
  constructor(first?: number) {
    this.#next = first;
  }

  /** The text up to the first missing delta. */
  get joined(): string {
    return this.#joined;
  }

  /** Size of the text taken so far, held back or not. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Deltas held back behind a missing one. */
  get waiting(): number {
    return this.#early.size;
  }

  /** Whether the only question is where the stream begins: 1 is there, and nothing says whether 0 will come. */
  get mayBeginAtOne(): boolean {
    return this.#next === undefined && this.#early.has(1);
  }

  /** Says where the stream begins; what is said later than the first text is ignored. Returns the text that became readable. */
  beginAt(first: number): string {
    this.#next ??= first;
    return this.#release();
  }

  /** Returns the text that became readable. Repeated and late deltas change nothing. */
  add(seq: number, delta: string): string {
    if (this.#next === undefined && seq === 0) this.#next = 0;
    if (this.#next !== undefined && seq < this.#next) return '';
    if (this.#early.has(seq)) return '';
    this.#early.set(seq, delta);
    this.#bytes += Buffer.byteLength(delta);
    return this.#release();
  }

  /** Whether every delta before `end` is there; 0 means that the stream has not said where it ends. */
  isCompleteUntil(end: number): boolean {
    if (this.#early.size > 0) return false;
    // Some senders put the last delta's own number there, so one more than expected is no gap.
    return this.#next === undefined ? end <= 1 : this.#next >= end;
  }

  #release(): string {
    if (this.#next === undefined) return '';
    let released = '';
    for (let delta = this.#early.get(this.#next); delta !== undefined; delta = this.#early.get(this.#next)) {
      this.#early.delete(this.#next);
      released += delta;
      this.#next++;
    }
    this.#joined += released;
    return released;
  }
}
