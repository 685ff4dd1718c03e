/** What can be walked in order of insertion. */
interface Walkable<T> {
  values(): Iterator<T>;
}

/**
 * The oldest entry of a map or set that is emptied from its old end. A new iterator would pass the holes of all that was deleted before;
 * this one keeps its place.
 */
export class OldestFirst<T> {
  readonly #entries: Walkable<T>;
  readonly #holds: (entry: T) => boolean;
  #walk: Iterator<T>;
  #oldest: T | undefined;

  /** @param holds - whether an entry is still where the walk found it */
  constructor(entries: Walkable<T>, holds: (entry: T) => boolean) {
    this.#entries = entries;
    this.#holds = holds;
    this.#walk = entries.values();
  }

  /** The oldest entry that is still there. */
  peek(): T | undefined {
    while (this.#oldest === undefined || !this.#holds(this.#oldest)) {
      const { value, done } = this.#walk.next();
      if (done) {
        // An iterator that has ended sees nothing that is added later.
        this.#walk = this.#entries.values();
        this.#oldest = undefined;
        return undefined;
      }
      this.#oldest = value;
    }
    return this.#oldest;
  }
}
