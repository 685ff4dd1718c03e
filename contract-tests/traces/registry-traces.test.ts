import { expect, test } from 'vitest';
import { eventually, onEachDatabase } from '../harness/index.js';
import { registryAnswers } from './better-answers.js';
import type { Difference } from './difference.js';
import { judge } from './judge.js';
import { loadScenarios, numberOf, type Scenario, scenarioNumbered } from './load-scenario.js';
import { missingMessages, readHistory, sentMessageIds } from './read-history.js';
import { useRegistryStage } from './registry-stage.js';

const between = (first: number, last: number): readonly Scenario[] =>
  loadScenarios().filter(({ name }) => numberOf(name) >= first && numberOf(name) <= last);

onEachDatabase('the recorded registry traffic', (database) => {
  const stage = useRegistryStage(database);

  const replays = (scenario: Scenario): void =>
    test(`${scenario.name}: given the same requests, when the registry answers, then it answers as recorded`, async () => {
      const { replay, greet } = stage();
      if (numberOf(scenario.name) > 3) await greet();
      expect(judge(scenario.name, await replay.play(scenario), registryAnswers)).toEqual([]);
    });

  for (const scenario of between(1, 3)) replays(scenario);

  test('04 to 53: given the same conversations, when they are over, then the history holds every message', async () => {
    const { client, replay, greet } = stage();
    const played: { scenario: Scenario; differences: Difference[] }[] = [];
    for (const scenario of between(4, 53)) {
      await greet();
      played.push({ scenario, differences: await replay.play(scenario) });
    }
    const recordable = played.flatMap(({ scenario }) => recordableIds(scenario));
    const history = await eventually(() => readHistory(client), {
      until: (ids) => recordable.every((id) => ids.includes(id)),
      what: 'every message',
    });
    const findings = played.flatMap(({ scenario, differences }) =>
      judge(scenario.name, [...differences, ...missingMessages(scenario, history)], registryAnswers),
    );
    expect(findings).toEqual([]);
  });

  for (const scenario of between(60, 80)) replays(scenario);

  test('81-ttl-eviction: given sessions without hellos, when their time is over, then only the greeting one is listed', async () => {
    const { client, replay } = stage();
    const eviction = scenarioNumbered(81);
    await eventually(() => greetAndList(), { until: (count) => count === 1, timeoutMs: 20_000, what: 'one session' });
    expect(judge(eviction.name, await replay.play(eviction), registryAnswers)).toEqual([]);

    async function greetAndList(): Promise<number> {
      for (const hello of eviction.frames.slice(0, 1)) replay.publish(hello);
      return (await client.ask('list')).agents.length;
    }
  }, 30_000);

  test('82-session-restore: given another registry on the database, when a hello comes, then it answers as recorded', async () => {
    const { replay, replaceRegistry } = stage();
    const { name, frames } = scenarioNumbered(82);
    const before = await replay.play({ name, frames: frames.slice(0, 1) });
    await replaceRegistry();
    const after = await replay.play({ name, frames: frames.slice(1) });
    expect(judge(name, [...before, ...after], registryAnswers)).toEqual([]);
  }, 60_000);
});

/** Those the history must hold; they come after the others, so once they are there the others were decided. */
function recordableIds(scenario: Scenario): readonly string[] {
  const refused = registryAnswers.filter(({ field }) => field === 'history').flatMap(({ frames = [] }) => frames);
  return [...sentMessageIds(scenario)].filter(([frame]) => !refused.includes(frame)).map(([, id]) => id);
}
