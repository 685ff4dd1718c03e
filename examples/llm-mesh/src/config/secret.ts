import { inspect } from 'node:util';

/** A text that is not shown by accident: printing, logging and JSON see only that there is one. */
export class Secret {
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  /** The text itself, for the one header it belongs into. */
  reveal(): string {
    return this.#text;
  }

  /** The text without this secret in it. */
  redact(text: string): string {
    return text.replaceAll(this.#text, '[secret]');
  }

  toString(): string {
    return '[secret]';
  }

  toJSON(): string {
    return '[secret]';
  }

  [inspect.custom](): string {
    return '[secret]';
  }
}
