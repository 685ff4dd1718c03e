import { limits, ProtocolError } from '@agentnet/protocol';

const whitespace = /[ \t\n\r]*/y;
const escapeSequence = /\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/y;
const number = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y;
const literal = /true|false|null/y;
const quote = 0x22;
const backslash = 0x5c;

/** Where a value begins and what it is; the texts of scalars are exactly as written. */
export type JsonToken = '{' | '[' | 'string' | 'number' | 'literal';

/** Walks strict JSON text from left to right without turning numbers into doubles. */
export class JsonScanner {
  #position = 0;
  #depth = 0;

  constructor(readonly text: string) {}

  get position(): number {
    return this.#position;
  }

  /** Kind of the value that begins here, white space skipped. */
  peek(): JsonToken {
    this.skipWhitespace();
    const character = this.text[this.#position];
    if (character === '{' || character === '[') return character;
    if (character === '"') return 'string';
    if (character === '-' || (character !== undefined && character >= '0' && character <= '9')) return 'number';
    return 'literal';
  }

  skipWhitespace(): void {
    const code = this.text.charCodeAt(this.#position);
    if (code === 0x20 || (code >= 0x09 && code <= 0x0d)) this.#match(whitespace);
  }

  /** Steps over `character` when it is next. */
  accept(character: string): boolean {
    this.skipWhitespace();
    if (this.text[this.#position] !== character) return false;
    this.#position += 1;
    return true;
  }

  expect(character: string): void {
    if (!this.accept(character)) throw this.#malformed();
  }

  /** Raw text of a string, quotes included. */
  string(): string {
    this.expect('"');
    const start = this.#position - 1;
    let at = this.#position;
    // Not one pattern: a repeated alternative would need stack for every character of a long text.
    for (let code = this.text.charCodeAt(at); code !== quote; code = this.text.charCodeAt(at)) {
      if (code === backslash) at = this.#escapeEnd(at);
      else if (code >= 0x20) at += 1;
      else throw this.#malformed(at);
    }
    this.#position = at + 1;
    return this.text.slice(start, this.#position);
  }

  number(): string {
    return this.#scalar(number);
  }

  literal(): string {
    return this.#scalar(literal);
  }

  /** Calls `onItem` at each element of the array that begins here. */
  array(onItem: () => void): void {
    this.#open('[');
    if (!this.accept(']')) {
      do onItem();
      while (this.accept(','));
      this.expect(']');
    }
    this.#depth -= 1;
  }

  /** Calls `onMember` with the raw name of each member of the object that begins here, at the member's value. */
  object(onMember: (rawName: string) => void): void {
    this.#open('{');
    if (!this.accept('}')) {
      do {
        const rawName = this.string();
        this.expect(':');
        onMember(rawName);
      } while (this.accept(','));
      this.expect('}');
    }
    this.#depth -= 1;
  }

  /** Steps over one value of any kind. */
  skipValue(): void {
    const token = this.peek();
    if (token === '{') this.object(() => this.skipValue());
    else if (token === '[') this.array(() => this.skipValue());
    else if (token === 'string') this.string();
    else if (token === 'number') this.number();
    else this.literal();
  }

  end(): void {
    this.skipWhitespace();
    if (this.#position !== this.text.length) throw this.#malformed();
  }

  #open(bracket: '{' | '['): void {
    this.expect(bracket);
    this.#depth += 1;
    if (this.#depth > limits.jsonMaxDepth) {
      throw new ProtocolError('invalid_payload', `JSON is nested deeper than ${limits.jsonMaxDepth} levels`);
    }
  }

  #escapeEnd(at: number): number {
    escapeSequence.lastIndex = at;
    if (!escapeSequence.test(this.text)) throw this.#malformed(at);
    return escapeSequence.lastIndex;
  }

  #match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#position;
    if (!pattern.test(this.text)) return undefined;
    const start = this.#position;
    this.#position = pattern.lastIndex;
    return this.text.slice(start, this.#position);
  }

  #scalar(pattern: RegExp): string {
    const text = this.#match(pattern);
    if (text === undefined) throw this.#malformed();
    return text;
  }

  #malformed(at = this.#position): ProtocolError {
    return new ProtocolError('invalid_payload', `not JSON at character ${at}`);
  }
}
