import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { measureCalls, median } from '../src/measure.js';
import { compare } from '../src/run.js';
import { table } from '../src/table.js';

const run = promisify(execFile);
const program = fileURLToPath(new URL('../dist/main.js', import.meta.url));

describe('measuring', () => {
  test('given an even number of values, when the median is taken, then it is the mean of the middle two', () => {
    expect(median([4, 1, 3, 2])).toBe(2.5);
  });

  test('given calls in flight, when they are measured, then each is made once and never more than asked at once', async () => {
    let calls = 0;
    let atOnce = 0;
    let most = 0;
    const call = async () => {
      calls += 1;
      most = Math.max(most, ++atOnce);
      await new Promise(setImmediate);
      atOnce -= 1;
    };
    await measureCalls(call, 4, 50);
    expect({ calls, most }).toEqual({ calls: 50, most: 4 });
  });

  test('given pairs of runs, when they are compared, then the ratio is the median of the pairs and the first pair does not count', async () => {
    const rates = { ours: [1, 10, 20, 30], raw: [1000, 10, 10, 10] };
    const sample = (perSecond = 0) => ({ perSecond, p50: 1, p95: 1, p99: 1, max: 1 });
    const side = (values: number[]) => async () => sample(values.shift());
    const result = await compare('s', { name: 'n', kind: 'calls', ours: side(rates.ours), raw: side(rates.raw) }, 3);
    expect(result.ratio).toEqual({ perSecond: 2, p50: 1, p99: 1 });
    expect(table([result])).toMatch(/\| +2\.00 \|/);
  });
});

const onPostgres = ['history', 'register', ...(process.platform === 'linux' ? ['presence'] : []), 'query'];

describe('the command', () => {
  let folder = '';
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'agentnet-bench-test-'));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  test('given a quick run, when it ends, then every scenario has a ratio in the table and in the JSON', async () => {
    const json = join(folder, 'figures.json');
    const { stdout } = await run(process.execPath, [program, '--quick', '--json', json], { timeout: 240_000 });
    const { machine, results } = JSON.parse(await readFile(json, 'utf8'));
    const names = [...new Set(results.map(({ scenario }: { scenario: string }) => scenario))];
    const expected = [
      'ask',
      'ask-signed',
      'send',
      'resolve',
      'python',
      ...(machine.database === 'postgres' ? onPostgres : []),
      'tui',
    ];
    expect(names).toEqual(expected);
    for (const name of expected) expect(stdout).toContain(`| ${name}`);
    for (const { ratio } of results) expect(ratio.perSecond).toBeGreaterThan(0);
  }, 240_000);

  test('given an unknown scenario, when it is asked for, then it is refused with the usage', async () => {
    const refusal = run(process.execPath, [program, 'nonsense']);
    await expect(refusal).rejects.toMatchObject({
      code: 1,
      stderr: expect.stringContaining("unknown scenario 'nonsense'"),
    });
  });
});
