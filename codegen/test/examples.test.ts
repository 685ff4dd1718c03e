import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { check, is, type SchemaName } from '@agentnet/protocol';
import { describe, expect, it } from 'vitest';
import { readExamples } from '../src/load/read-examples.js';

const repository = fileURLToPath(new URL('../../', import.meta.url));
const { examples, findings } = readExamples(`${repository}spec`, 'spec');
const schemas = [...new Set(examples.map(({ schema }) => schema))] as SchemaName[];

describe('examples against the compiled validators', () => {
  it('given the example folder, when it is read, then every file is an example', () => {
    expect(findings).toEqual([]);
    expect(examples.length).toBeGreaterThan(100);
  });

  it.each(
    schemas,
  )('given the examples of %s, when they are checked, then the valid ones pass and the invalid ones do not', (schema) => {
    const wrong = examples.filter(
      (example) => example.schema === schema && is(schema, example.value) !== example.isValid,
    );
    expect(wrong.map(({ file, value }) => ({ file, violations: check(schema, value) }))).toEqual([]);
  });

  it.each(
    schemas,
  )('given the invalid examples of %s, when they are checked, then each violation has a place, a keyword and words', (schema) => {
    const invalid = examples.filter((example) => example.schema === schema && !example.isValid);
    const violations = invalid.flatMap(({ value }) => check(schema, value));
    expect(violations.length).toBeGreaterThanOrEqual(invalid.length);
    expect(
      violations.filter(
        ({ path, keyword, message }) => !/^(\/|$)/.test(path) || keyword === 'if' || /undefined|^breaks/.test(message),
      ),
    ).toEqual([]);
  });

  it('given a runtime that forbids code from strings, when the package is loaded, then it validates', () => {
    const program = `import { check } from '@agentnet/protocol'; console.log(check('ResolveKeyRequest', {}).length, check('ResolveKeyRequest', { account_id: 'a' }).length)`;
    const output = execFileSync(
      process.execPath,
      ['--disallow-code-generation-from-strings', '--input-type=module', '-e', program],
      {
        cwd: repository,
        encoding: 'utf8',
      },
    );
    expect(output.trim()).toBe('1 0');
  });
});
