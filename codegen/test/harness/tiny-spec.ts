import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';
import { parse, stringify } from 'yaml';
import { lint } from '../../src/lint/lint.js';
import { bundleSpec } from '../../src/load/bundle.js';
import { SpecError } from '../../src/load/finding.js';
import { readExamples } from '../../src/load/read-examples.js';

// biome-ignore lint/suspicious/noExplicitAny: tests break the document in every possible way.
export type Document = any;

/** A small, correct spec that has one of everything. */
export const tinySpecFolder = fileURLToPath(new URL('../fixtures/tiny/spec', import.meta.url));

/** A copy of the small, correct spec in `fixtures/tiny`, which the test may break. Deleted when the test ends. */
export class TinySpec {
  readonly folder: string;

  constructor() {
    const parent = mkdtempSync(join(tmpdir(), 'codegen-test-'));
    this.folder = join(parent, 'spec');
    cpSync(tinySpecFolder, this.folder, { recursive: true });
    onTestFinished(() => rmSync(parent, { recursive: true, force: true }));
  }

  /** Rewrites a YAML file after `change` has had its way with the value. */
  edit(file: string, change: (value: Document) => void): this {
    const path = join(this.folder, file);
    const value = parse(readFileSync(path, 'utf8'));
    change(value);
    writeFileSync(path, stringify(value));
    return this;
  }

  write(file: string, text: string): this {
    const path = join(this.folder, file);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
    return this;
  }

  remove(file: string): this {
    rmSync(join(this.folder, file), { recursive: true });
    return this;
  }

  /** The findings of this project's own rules. */
  findings(): string[] {
    return findingsOf(() => {
      const { examples, findings } = readExamples(this.folder, 'spec');
      const all = [...findings, ...lint(bundleSpec(this.folder, 'spec'), examples)];
      if (all.length > 0) throw new SpecError(all);
    });
  }
}

/** What `check` complains about; nothing when it does not. */
export function findingsOf(check: () => void): string[] {
  try {
    check();
    return [];
  } catch (failure) {
    if (failure instanceof SpecError) return failure.findings.map(({ where, what }) => `${where}: ${what}`);
    throw failure;
  }
}
