import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Finding } from './finding.js';

/** One file of `spec/examples/<Schema>/{valid,invalid}-<fact>.json`. */
export interface Example {
  readonly schema: string;
  readonly isValid: boolean;
  /** The fact in the file's name: `valid-empty-body.json` -> `empty-body`. */
  readonly fact: string;
  readonly file: string;
  readonly text: string;
  readonly value: unknown;
}

const fileName = /^(valid|invalid)-([a-z0-9][a-z0-9._-]*)\.json$/;

/** Every example, sorted by schema and file name; files that are none become findings. */
export function readExamples(specFolder: string, shownFolder: string): { examples: Example[]; findings: Finding[] } {
  const folder = join(specFolder, 'examples');
  const examples: Example[] = [];
  const findings: Finding[] = [];
  if (!existsSync(folder)) return { examples, findings };
  for (const entry of readdirSync(folder, { withFileTypes: true }).sort((one, other) =>
    one.name < other.name ? -1 : 1,
  )) {
    const schema = entry.name;
    if (!entry.isDirectory()) {
      if (!schema.endsWith('.md'))
        findings.push({
          where: `${shownFolder}/examples/${schema}`,
          what: 'the file is in no schema folder',
          remedy: 'Move it to examples/<Schema>/.',
        });
      continue;
    }
    for (const name of readdirSync(join(folder, schema)).sort()) {
      const file = `${shownFolder}/examples/${schema}/${name}`;
      const [, verdict, fact] = fileName.exec(name) ?? [];
      if (verdict === undefined || fact === undefined) {
        findings.push({
          where: file,
          what: 'the file name says neither valid nor invalid',
          remedy: 'Call it valid-<fact>.json or invalid-<fact>.json.',
        });
        continue;
      }
      const text = readFileSync(join(folder, schema, name), 'utf8');
      const value = parse(text);
      if (value) examples.push({ schema, isValid: verdict === 'valid', fact, file, text, value: value.json });
      else
        findings.push({
          where: file,
          what: 'the file is not JSON',
          remedy: 'Correct it; the file is the instance itself.',
        });
    }
  }
  return { examples, findings };
}

function parse(text: string): { json: unknown } | undefined {
  try {
    return { json: JSON.parse(text) };
  } catch {
    return undefined;
  }
}
