import { describe, expect, test } from 'vitest';
import { Bindings } from './bindings.js';
import { compareTraces } from './compare-traces.js';
import { judge } from './judge.js';
import { replayedAnswers } from './replayed-answers.js';
import { type ReplayedCast, withAuth, withAuthAndIntruders, withoutAuth } from './replayed-cast.js';
import { scenariosOf, useReplayedStage } from './replayed-stage.js';

const casts: Readonly<Record<string, ReplayedCast>> = {
  'without auth': withoutAuth,
  'with auth': withAuth,
  'with auth, among intruders': withAuthAndIntruders,
};

describe.each(Object.entries(casts))('our agents in the places of the recorded ones, %s', (name, cast) => {
  const stage = useReplayedStage(cast);

  test.each(
    scenariosOf(cast).map((scenario) => [scenario.name, scenario] as const),
  )('%s: given the same input, when they act, then the wire carries what was recorded', async (_name, scenario) => {
    const traces = await stage.play(scenario);
    const differences = compareTraces({ scenario: scenario.name, ...traces }, new Bindings());
    expect(judge(scenario.name, differences, replayedAnswers[name] ?? [])).toEqual([]);
  });
});
