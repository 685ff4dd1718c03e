import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { measureScenario } from '../src/measure-scenario.js';
import type { Network } from '../src/network.js';
import { type Comparison, type Prepared, type Scenario, Unavailable } from '../src/scenario.js';

const network = { processes: () => ({}) } as Network;
const options = { quick: false, repetitions: 3 };
const sample = { perSecond: 1, p50: 1, p95: 1, p99: 1, max: 1 };

/** A scenario of rows that only say what happens in them. */
function aScenario(rows: Partial<Comparison>[], closed: () => void = () => {}): Scenario {
  const side = async () => sample;
  const comparisons = rows.map(
    (row, index): Comparison => ({ name: `${index}`, kind: 'calls', ours: side, raw: side, ...row }),
  );
  const prepared: Prepared = { comparisons, notes: () => ['noted'], close: async () => closed() };
  return { name: 'some', about: 'some', budgetSeconds: 1, prepare: async () => prepared };
}

// Progress and causes of failures are for people who watch a run.
beforeEach(() => void vi.spyOn(console, 'error').mockImplementation(() => {}));
afterEach(() => vi.restoreAllMocks());

test('given rows that succeed, when the scenario is measured, then all are there with its notes, and it was closed', async () => {
  const closed = vi.fn();
  const figures = await measureScenario(aScenario([{}, {}], closed), network, options);
  expect(figures).toMatchObject({ status: 'measured', notes: ['noted'] });
  expect(figures.results.map(({ name }) => name)).toEqual(['0', '1']);
  expect(closed).toHaveBeenCalledOnce();
});

test('given a row that fails, when the scenario is measured, then it counts as failed with the reason, the rows before stay, and it was closed', async () => {
  const closed = vi.fn();
  const fails = async () => Promise.reject(new Error('no answer'));
  const figures = await measureScenario(aScenario([{}, { ours: fails }, {}], closed), network, options);
  expect(figures).toMatchObject({ status: 'failed', reason: 'no answer' });
  expect(figures.results.map(({ name }) => name)).toEqual(['0']);
  expect(closed).toHaveBeenCalledOnce();
});

test('given a scenario that misses a program, when it is measured, then it counts as skipped and says what it needs', async () => {
  const prepare = async () => Promise.reject(new Unavailable('needs PostgreSQL'));
  const figures = await measureScenario({ ...aScenario([]), prepare }, network, options);
  expect(figures).toMatchObject({ status: 'skipped', reason: 'needs PostgreSQL' });
});

test('given a row without warm-up, when it is measured, then no round goes uncounted', async () => {
  const rounds: boolean[] = [];
  const ours: Comparison['ours'] = async ({ isWarmUp }) => {
    rounds.push(isWarmUp);
    return sample;
  };
  await measureScenario(aScenario([{ ours, warmUp: false }]), network, options);
  expect(rounds).toEqual([false, false, false]);
});
