import { expect, test } from 'vitest';
import { agentAnswers, registryAnswers } from './better-answers.js';
import { absent, type Difference } from './difference.js';
import { type BetterAnswer, judge } from './judge.js';
import { loadScenarios, numberOf } from './load-scenario.js';

const scenario = '05-send';
const difference: Difference = { scenario, frame: 14, field: '/rows/3/code', recorded: absent, ours: 'busy' };
const answer: BetterAnswer = {
  scenarios: [5],
  field: '/rows/*/code',
  recorded: absent,
  ours: (value: unknown) => typeof value === 'string',
  reason: 'codes are additive',
  cites: ['rpc.error.shape'],
};

test('given no difference and no better answer, when judged, then nothing is wrong', () => {
  expect(judge(scenario, [], [])).toEqual([]);
});

test('given a listed difference, when judged, then nothing is wrong', () => {
  expect(judge(scenario, [difference], [answer])).toEqual([]);
});

test('given an unlisted difference, when judged, then it is named with scenario, frame, field and both values', () => {
  expect(judge(scenario, [difference], [])).toEqual([
    'not listed: 05-send frame 14 /rows/3/code: recorded (absent), ours "busy"',
  ]);
});

test('given a listed difference that does not occur, when judged, then it is stale', () => {
  expect(judge(scenario, [], [answer])).toEqual(['stale: 05-send /rows/*/code: codes are additive']);
  expect(judge(scenario, [difference], [{ ...answer, frames: [14, 15] }])).toEqual([
    'stale: 05-send frame 15 /rows/*/code: codes are additive',
  ]);
});

test('given a better answer with another value or frame, when judged, then it does not explain the difference', () => {
  expect(judge(scenario, [difference], [{ ...answer, ours: 'full' }])).toHaveLength(2);
  expect(judge(scenario, [difference], [{ ...answer, frames: [15] }])).toHaveLength(2);
});

test('given the better answers, when read, then each names real scenarios and gives a reason', () => {
  const numbers = loadScenarios().map(({ name }) => numberOf(name));
  for (const { scenarios, frames, reason, cites } of [...registryAnswers, ...agentAnswers]) {
    expect(scenarios.filter((number) => !numbers.includes(number))).toEqual([]);
    expect([reason.length > 0, cites.length > 0]).toEqual([true, true]);
    // Frame numbers are those of one scenario; only then is a missing one noticed.
    expect(frames === undefined || scenarios.length === 1).toBe(true);
  }
});
