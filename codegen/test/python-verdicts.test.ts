import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { check, type SchemaName } from '@agentnet/protocol';
import { describe, expect, it } from 'vitest';
import { readExamples } from '../src/load/read-examples.js';
import { mutateJson } from './harness/mutate-json.js';
import { seededRandom } from './harness/seeded-random.js';

const repository = fileURLToPath(new URL('../../', import.meta.url));
const python = fileURLToPath(new URL('../../.venv/bin/python', import.meta.url));
const { examples } = readExamples(`${repository}spec`, 'spec');

/** One JSON text that a schema is to judge. */
interface Case {
  readonly schema: SchemaName;
  readonly text: string;
}

describe('the two generated packages', () => {
  it('given the virtual environment, when it is looked for, then it is there', () => {
    expect(existsSync(python), 'run: node scripts/setup.mjs').toBe(true);
  });

  it('given every example, when Python judges it, quickly and by its model, then the verdict is that of its name', () => {
    const cases = examples.map(({ schema, file }) => ({
      schema: schema as SchemaName,
      text: readFileSync(join(repository, file), 'utf8'),
    }));
    const verdicts = pythonVerdicts(cases);
    const wrong = examples.filter(({ isValid }, index) => verdicts[index] !== isValid).map(({ file }) => file);
    expect(wrong).toEqual([]);
  });

  it('given 10,000 mutations of the examples, when both judge them, Python quickly and by its models, then every verdict is the same', () => {
    const random = seededRandom(20_260_221);
    const cases = Array.from({ length: 10_000 }, (): Case => {
      const example = random.pick(examples);
      return { schema: example.schema as SchemaName, text: mutateJson(example.value, random) };
    });
    const ours = cases.map(({ schema, text }) => check(schema, JSON.parse(text)).length === 0);
    const theirs = pythonVerdicts(cases);
    const differences = cases.filter((_, index) => ours[index] !== theirs[index]);
    expect(differences.slice(0, 5)).toEqual([]);
    const valid = ours.filter(Boolean).length;
    expect(Math.min(valid, ours.length - valid), 'both verdicts occur often').toBeGreaterThan(1_000);
  });
});

function pythonVerdicts(cases: readonly Case[]): boolean[] {
  const program = fileURLToPath(new URL('./harness/judge.py', import.meta.url));
  const input = cases.map((one) => JSON.stringify(one)).join('\n');
  const { status, stdout, stderr } = spawnSync(python, [program], { input, encoding: 'utf8', maxBuffer: 1 << 26 });
  if (status !== 0) throw new Error(`the Python judge failed: ${stderr}`);
  return stdout
    .trim()
    .split('\n')
    .map((line, index) => {
      if (line === 'split') throw new Error(`acceptor and model disagree on ${JSON.stringify(cases[index])}`);
      return line === 'valid';
    });
}
