import { describe, expect, test } from 'vitest';
import { formatFigures, replaceScenarios } from '../src/figures.js';
import { markdownTable } from '../src/markdown-table.js';
import { reasonOf } from '../src/measure-scenario.js';
import { resultsPage } from '../src/results-page.js';
import { judge } from '../src/targets.js';
import { aResult, aScenario, aSide, someFigures } from './figure-builder.js';

describe('the page of results', () => {
  test('given a row, when the page is written, then both sides and their ratio stand below one another with processor time and memory', () => {
    const page = resultsPage(someFigures(aScenario()));
    expect(page).toMatch(/\| 1 in flight \| AgentNet \| 500 \/s \| 2\.00 ms \| .*\| 7\.00 \| 80\.0 \|/);
    expect(page).toMatch(/\| +\| raw \| 1,000 \/s \| 1\.00 ms \|/);
    expect(page).toMatch(/\| +\| \*\*AgentNet \/ raw\*\* \| \*\*0\.50\*\* \| \*\*2\.00\*\* \|/);
  });

  test('given an open loop, when the page is written, then its row says so', () => {
    const page = resultsPage(someFigures(aScenario({ results: [aResult({ name: 'constant rate', loop: 'open' })] })));
    expect(page).toContain('| constant rate (open loop) |');
  });

  test('given a further counterpart, when the page is written, then it has a row and a ratio of its own', () => {
    const { sides, ratios } = aResult();
    const http = { perSecond: 2.5, p50: 0.4, p95: 1, p99: 1 };
    const result = aResult({ sides: [...sides, aSide('HTTP', { perSecond: 200 })], ratios: [...ratios, http] });
    expect(resultsPage(someFigures(aScenario({ results: [result] })))).toMatch(
      /\*\*AgentNet \/ HTTP\*\* \| \*\*2\.50\*\* \| \*\*0\.40\*\*/,
    );
  });

  test('given sizes and times, when the page is written, then they have no rate', () => {
    const memory = aResult({
      name: 'idle',
      kind: 'memory',
      sides: [aSide('AgentNet', { p50: 90 }), aSide('raw', { p50: 30 })],
    });
    expect(resultsPage(someFigures(aScenario({ results: [memory] })))).toMatch(
      /\| idle \| AgentNet \| +\| 90\.0 KiB \|/,
    );
  });

  test('given a machine with other work, when the page is written, then it says that the figures suffered', () => {
    const quiet = someFigures(aScenario());
    const busy = { ...quiet, machine: { ...quiet.machine, loadBefore: 3 } };
    expect([quiet, busy].map((figures) => resultsPage(figures).includes('busy with other work'))).toEqual([
      false,
      true,
    ]);
  });

  test('given a failed scenario, when the page is written, then it stands there with its reason and without a plot', () => {
    const failed = aScenario({ status: 'failed', reason: 'no answer', results: [] });
    const page = resultsPage(someFigures(failed));
    expect(page).toContain('## ask');
    expect(page).toContain('**Failed: no answer**');
    expect(page).not.toContain('ask.svg');
  });

  test('given a failure that names a folder of the machine, when it becomes a reason, then the folder is left out', () => {
    expect(reasonOf(new Error('cannot read /home/somebody/bench/x.json\nand more'))).toBe('cannot read …');
  });

  test('given cells with bars, when a table is made, then they do not end the cell', () => {
    expect(markdownTable([{ heading: 'a' }], [['x|y']])).toBe('| a |\n| --- |\n| x\\|y |');
  });
});

describe('targets', () => {
  test('given a ratio beyond its limit and one within, when they are judged, then one is missed and one met', () => {
    const fast = aResult({ name: '64 in flight' });
    const judged = judge(someFigures(aScenario({ results: [aResult(), fast] })));
    const ofAsk = judged.filter(({ target }) => target.scenario === 'ask');
    expect(ofAsk.map(({ value, isMet }) => ({ value, isMet }))).toEqual([
      { value: 2, isMet: false },
      { value: 0.5, isMet: true },
    ]);
  });

  test('given no such row, when a target is judged, then it counts as not measured', () => {
    const page = resultsPage(someFigures(aScenario({ results: [] })));
    expect(page).toMatch(/\| ask, p50 by raw \| ask: 1 in flight \| at most 1\.50 times \| not measured/);
  });

  test('given signed and unsigned asks, when the cost of signing is judged, then it is their difference with Ed25519 alone beside it', () => {
    const sides = [aSide('AgentNet', { p50: 1.2 }), aSide('raw', {}), aSide('unsigned', { p50: 0.7 })];
    const floor = aResult({
      name: 'two signatures, two checks',
      sides: [aSide('AgentNet', {}), aSide('Ed25519 alone', { p50: 0.44 })],
    });
    const [judged] = judge(someFigures(aScenario({ name: 'ask-signed', results: [aResult({ sides }), floor] }))).filter(
      ({ target }) => target.scenario === 'ask-signed',
    );
    expect(judged?.value).toBeCloseTo(0.5);
    expect(judged).toMatchObject({ isMet: false, beside: 'Ed25519 alone: 0.44 ms' });
  });
});

describe('figures', () => {
  test('given a later run of one scenario, when it replaces the older, then the others stay and the order is that of the names', () => {
    const older = someFigures(aScenario({ name: 'a', seconds: 1 }), aScenario({ name: 'b', seconds: 1 }));
    const later = someFigures(aScenario({ name: 'c', seconds: 2 }), aScenario({ name: 'a', seconds: 2 }));
    const { scenarios } = replaceScenarios(older, later, ['a', 'b', 'c', 'd']);
    expect(scenarios.map(({ name, seconds }) => [name, seconds])).toEqual([
      ['a', 2],
      ['b', 1],
      ['c', 2],
    ]);
  });

  test('given long numbers, when figures are written, then four digits stay', () => {
    const results = [aResult({ ratios: [{ perSecond: 1 / 3, p50: 12_345.678, p95: 1, p99: 1 }] })];
    const written = formatFigures(someFigures(aScenario({ results })));
    expect(JSON.parse(written).scenarios[0].results[0].ratios[0]).toEqual({
      perSecond: 0.3333,
      p50: 12_350,
      p95: 1,
      p99: 1,
    });
  });
});
