/** Keys of one statement. More only wait longer for their turn. */
const maxKeys = 1000;

class Waiting<Value> {
  resolve: (value: Value | undefined) => void = () => {};
  reject: (cause: unknown) => void = () => {};
  readonly found = new Promise<Value | undefined>((resolve, reject) => {
    this.resolve = resolve;
    this.reject = reject;
  });
}

/**
 * Answers look-ups by key with one statement for all that come while the one before is under way. Remembers nothing: a look-up is answered
 * by a statement that began after it, so that replicas agree and a caller sees what was written before it asked.
 */
export class GatheredLookup<Value> {
  readonly #read: (keys: string[]) => Promise<ReadonlyMap<string, Value>>;
  readonly #waiting = new Map<string, Waiting<Value>>();
  #isReading = false;

  /** @param read - Finds the values of different keys; keys it leaves out are unknown. */
  constructor(read: (keys: string[]) => Promise<ReadonlyMap<string, Value>>) {
    this.#read = read;
  }

  /**
   * The value of a key; undefined when it is unknown.
   *
   * @throws what the statement failed with
   */
  find(key: string): Promise<Value | undefined> {
    const waiting = this.#waiting.get(key) ?? this.#enter(key);
    if (!this.#isReading) {
      this.#isReading = true;
      // The messages that came with this one are handled before it.
      setImmediate(() => void this.#readAll());
    }
    return waiting.found;
  }

  #enter(key: string): Waiting<Value> {
    const waiting = new Waiting<Value>();
    this.#waiting.set(key, waiting);
    return waiting;
  }

  async #readAll(): Promise<void> {
    while (this.#waiting.size > 0) {
      const asked = [...this.#waiting].slice(0, maxKeys);
      for (const [key] of asked) this.#waiting.delete(key);
      try {
        const found = await this.#read(asked.map(([key]) => key));
        for (const [key, { resolve }] of asked) resolve(found.get(key));
      } catch (cause) {
        for (const [, { reject }] of asked) reject(cause);
      }
    }
    this.#isReading = false;
  }
}
