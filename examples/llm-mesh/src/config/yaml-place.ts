import { isMap, isScalar, isSeq, type LineCounter, type Node, type YAMLMap } from 'yaml';
import { ConfigError } from './config-error.js';

/** One value of a YAML document that knows where it stands, so that every complaint names its line. */
export class YamlPlace {
  constructor(
    private readonly file: string,
    private readonly lines: LineCounter,
    /** How the value is called in complaints. */
    readonly called: string,
    private readonly node: Node | null,
    private readonly parent?: Node,
  ) {}

  /** @throws {ConfigError} always */
  refuse(problem: string, remedy: string): never {
    const at = (this.node ?? this.parent)?.range?.[0] ?? 0;
    throw new ConfigError(`${this.file}:${this.lines.linePos(at).line}: ${this.called} ${problem}; ${remedy}`);
  }

  get isAbsent(): boolean {
    return this.node === null || (isScalar(this.node) && this.node.value === null);
  }

  /** A member of this mapping. */
  member(key: string): YamlPlace {
    const map = this.#map();
    const node = map.get(key, true) ?? null;
    return new YamlPlace(
      this.file,
      this.lines,
      `${this.called}.${key}`.replace(/^the file\./, ''),
      node as Node | null,
      map,
    );
  }

  /** Refuses members nobody reads: most are misspelt. */
  onlyHas(known: readonly string[]): void {
    for (const { key } of this.#map().items) {
      const name = isScalar(key) ? String(key.value) : '?';
      if (known.includes(name)) continue;
      const place = new YamlPlace(this.file, this.lines, this.called, key as Node);
      place.refuse(`has the unknown member ${JSON.stringify(name)}`, `it may have ${known.join(', ')}`);
    }
  }

  items(): YamlPlace[] {
    if (!isSeq(this.node)) return this.refuse('must be a list', 'write [one, two], or one item a line behind a dash');
    return this.node.items.map(
      (item, index) =>
        new YamlPlace(this.file, this.lines, `${this.called}[${index}]`, item as Node | null, this.node ?? undefined),
    );
  }

  text(remedy: string): string {
    const value = isScalar(this.node) ? this.node.value : undefined;
    return typeof value === 'string' && value.trim() !== '' ? value : this.refuse('must be a text', remedy);
  }

  oneOf<T extends string>(values: readonly T[]): T {
    const given = isScalar(this.node) ? this.node.value : undefined;
    const found = values.find((value) => value === given);
    return found ?? this.refuse(`is ${this.isAbsent ? 'missing' : 'not known'}`, `write one of ${values.join(', ')}`);
  }

  integer(least: number, most: number): number {
    const value = isScalar(this.node) ? this.node.value : undefined;
    const fits = typeof value === 'number' && Number.isInteger(value) && value >= least && value <= most;
    return fits ? value : this.refuse('is out of range', `write a whole number from ${least} to ${most}`);
  }

  #map(): YAMLMap {
    return isMap(this.node)
      ? this.node
      : this.refuse('must be a mapping', 'write its members as "key: value", one a line');
  }
}
