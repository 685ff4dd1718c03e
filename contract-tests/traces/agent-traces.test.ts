import { expect, test } from 'vitest';
import { onEachDatabase } from '../harness/index.js';
import { scenes } from './agent-scenes.js';
import { useAgentStage } from './agent-stage.js';
import { agentAnswers } from './better-answers.js';
import { compareTraces } from './compare-traces.js';
import { judge } from './judge.js';
import { scenarioNumbered } from './load-scenario.js';

onEachDatabase('the recorded agent traffic', (database) => {
  const stage = useAgentStage(database);

  for (const scene of scenes) {
    const scenario = scenarioNumbered(scene.number);
    test(`${scenario.name}: given our agents, when they ${scene.what}, then the wire carries what was recorded`, async () => {
      const { bindings, perform } = stage();
      const { recorded, ours } = await perform(scene, scenario);
      const differences = compareTraces({ scenario: scenario.name, recorded, ours }, bindings);
      expect(judge(scenario.name, differences, agentAnswers)).toEqual([]);
    });
  }
});
