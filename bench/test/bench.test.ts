import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Figures } from '../src/figures.js';
import { scenarios } from '../src/scenarios/index.js';

const run = promisify(execFile);
const program = fileURLToPath(new URL('../dist/main.js', import.meta.url));

describe('the command', () => {
  let folder = '';
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'agentnet-bench-test-'));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  test('given a quick run, when it ends, then every scenario has rows with ratios, a plot and a section', async () => {
    await run(process.execPath, [program, '--quick', '--out', folder], { timeout: 240_000 });
    const figures = JSON.parse(await readFile(join(folder, 'results', 'latest.json'), 'utf8')) as Figures;
    const page = await readFile(join(folder, 'RESULTS.md'), 'utf8');
    expect(figures.scenarios.map(({ name }) => name)).toEqual(scenarios.map(({ name }) => name));
    expect(figures.scenarios.filter(({ status }) => status === 'failed')).toEqual([]);
    for (const { name, status, results } of figures.scenarios) {
      expect(page).toContain(`\n## ${name}\n`);
      if (status === 'skipped') continue;
      expect(results.flatMap(({ ratios }) => ratios)).not.toEqual([]);
      expect(await readFile(join(folder, 'results', `${name}.svg`), 'utf8')).toContain('</svg>');
    }
  }, 240_000);

  test.each([
    ['an unknown scenario', ['nonsense'], "unknown scenario 'nonsense'"],
    ['too few repetitions', ['--repetitions', '2'], '--repetitions must be a whole number >= 3'],
    ['two ways to run at once', ['--quick', '--render'], '--quick, --update and --render exclude one another'],
  ])('given %s, when the command is called, then it is refused with the usage', async (_what, args, refusal) => {
    await expect(run(process.execPath, [program, ...args])).rejects.toMatchObject({
      code: 1,
      stderr: expect.stringMatching(new RegExp(`${refusal}[\\s\\S]*Usage: npm run bench`)),
    });
  });
});
