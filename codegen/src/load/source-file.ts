import { readFileSync } from 'node:fs';
import { type Document, isAlias, isNode, LineCounter, parseDocument } from 'yaml';
import { SpecError } from './finding.js';
import { pointerTokens } from './json-pointer.js';

/** One YAML file of the spec: its plain value, and the line each part of it stands on. */
export class SourceFile {
  readonly value: unknown;
  readonly #document: Document;
  readonly #lines: LineCounter;

  /** @throws {SpecError} when the file is missing or is not YAML without anchors. */
  constructor(
    readonly path: string,
    readonly shownAs: string,
  ) {
    this.#lines = new LineCounter();
    this.#document = parseDocument(readText(path, shownAs), { lineCounter: this.#lines, uniqueKeys: true });
    const findings = this.#document.errors.map((error) => ({
      where: `${shownAs}:${error.linePos?.[0].line ?? 1}`,
      what: error.message.split('\n')[0] ?? error.message,
      remedy: 'Correct the YAML.',
    }));
    if (findings.length > 0) throw new SpecError(findings);
    this.value = this.#document.toJS();
  }

  /** `spec/asyncapi.yaml:12 (#/channels/list)`; a pointer that does not exist gets the line of its nearest parent. */
  locate(pointer: string): string {
    return `${this.shownAs}:${this.#lineOf(pointer)} (#${pointer})`;
  }

  #lineOf(pointer: string): number {
    const tokens = pointerTokens(pointer);
    for (let length = tokens.length; length > 0; length--) {
      const node = this.#document.getIn(tokens.slice(0, length), true);
      if (isNode(node) && !isAlias(node) && node.range) return this.#lines.linePos(node.range[0]).line;
    }
    return 1;
  }
}

function readText(path: string, shownAs: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    const reason = cause instanceof Error && 'code' in cause ? String(cause.code) : String(cause);
    throw new SpecError([
      {
        where: shownAs,
        what: `the file cannot be read (${reason})`,
        remedy: 'Create it, or correct the $ref that names it.',
      },
    ]);
  }
}
