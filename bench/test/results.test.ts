import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { plotScenario } from '../src/plot.js';
import { ResultsFolder } from '../src/results-folder.js';
import { resultsPage } from '../src/results-page.js';
import { scenarios } from '../src/scenarios/index.js';
import { targets } from '../src/targets.js';

const folder = new ResultsFolder(fileURLToPath(new URL('..', import.meta.url)));
/** What the README promises of one run of everything. */
const mostMinutes = 25;

describe('the results in this repository', () => {
  test('given the registry of scenarios, when the page is read, then it has a section with rows and a plot for each of them', async () => {
    const page = await readFile(folder.page, 'utf8');
    const figures = await folder.read();
    expect(figures.scenarios.map(({ name }) => name)).toEqual(scenarios.map(({ name }) => name));
    for (const { name, results } of figures.scenarios) {
      expect(page).toContain(`\n## ${name}\n`);
      expect(page).toContain(`](results/${name}.svg)`);
      for (const row of results) expect(page).toContain(`| ${row.name}`);
      expect(await readFile(folder.plot(name), 'utf8')).toBe(plotScenario(name, results));
    }
  });

  test('given the figures of the run, when the page is drawn from them, then it is the page that is there', async () => {
    const again = 'bench/RESULTS.md differs from its figures; run: npm run bench -- --render';
    expect(await readFile(folder.page, 'utf8'), again).toBe(resultsPage(await folder.read()));
  });

  test('given the targets, when the figures are read, then each has its row', async () => {
    const figures = await folder.read();
    const rows = figures.scenarios.flatMap(({ name, results }) => results.map((row) => `${name}: ${row.name}`));
    expect(targets.map(({ scenario, load }) => `${scenario}: ${load}`).filter((row) => !rows.includes(row))).toEqual(
      [],
    );
  });

  test('given the figures, when they are searched for this machine, then no folder of it is in them', async () => {
    const text = await readFile(folder.figures, 'utf8');
    expect(text).not.toMatch(/\/(?:home|root|work|tmp|Users)\b/);
  });
});

describe('the scenarios', () => {
  test('given the README, when it is read, then its table names each of them', async () => {
    const readme = await readFile(fileURLToPath(new URL('../README.md', import.meta.url)), 'utf8');
    for (const { name } of scenarios) expect(readme).toContain(`| \`${name}\` |`);
  });

  test('given their budgets, when they are added, then a run of all stays below what is promised', () => {
    const minutes = scenarios.reduce((sum, { budgetSeconds }) => sum + budgetSeconds, 0) / 60;
    expect(minutes).toBeLessThan(mostMinutes);
  });

  test('given their names, when they are compared, then each is there once', () => {
    expect(new Set(scenarios.map(({ name }) => name)).size).toBe(scenarios.length);
  });
});
