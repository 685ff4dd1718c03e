/** Which value of our run stands for which recorded value. One to one, fixed at first sight. */
export class Bindings {
  readonly #ours = new Map<string, string>();
  readonly #recorded = new Map<string, string>();
  #anyRecorded: RegExp | undefined;

  /** Our value for a recorded one, undefined before first sight. */
  get(recorded: string): string | undefined {
    return this.#ours.get(recorded);
  }

  /** Whether both may stand for each other from now on; false when either is bound to something else. */
  bind(recorded: string, ours: string): boolean {
    const known = this.#ours.get(recorded);
    if (known !== undefined) return known === ours;
    if (this.#recorded.has(ours)) return false;
    this.#ours.set(recorded, ours);
    this.#recorded.set(ours, recorded);
    this.#anyRecorded = undefined;
    return true;
  }

  /** Writes our values for all recorded ones inside a text, in one pass: what was written is not read again. */
  translate(text: string): string {
    if (this.#ours.size === 0) return text;
    this.#anyRecorded ??= anyOf([...this.#ours.keys()]);
    return text.replace(this.#anyRecorded, (recorded) => this.#ours.get(recorded) ?? recorded);
  }
}

function anyOf(texts: readonly string[]): RegExp {
  const longestFirst = [...texts].sort((a, b) => b.length - a.length);
  return new RegExp(longestFirst.map((text) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')).join('|'), 'g');
}
