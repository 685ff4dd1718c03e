import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AgentNode } from '@agentnet/sdk';
import { afterAll } from 'vitest';
import { Cleanup, rawClient, startNats } from '../harness/index.js';
import { loadScenarios, numberOf, type Scenario } from './load-scenario.js';
import { Pauses } from './pauses.js';
import { RecordedClock } from './recorded-clock.js';
import { Replay, type ReplayedTraces, startOf } from './replay.js';
import type { ReplayedCast } from './replayed-cast.js';
import { playRegistry } from './replayed-registry.js';
import { recordWire } from './wire-recorder.js';

/** Our agents in the places of the recorded ones, on a network where everybody else says what the recording says. */
export interface ReplayedStage {
  /** Replays one scenario and returns both traces. */
  play(scenario: Scenario): Promise<ReplayedTraces>;
}

/** The scenarios of a cast. */
export function scenariosOf({ recording, scenarios: [first, last] }: ReplayedCast): readonly Scenario[] {
  return loadScenarios(recording).filter(({ name }) => numberOf(name) >= first && numberOf(name) <= last);
}

/**
 * One stage for all tests of the surrounding group. A scenario goes on where those before it ended, so what was left out is made up for; when
 * it is played again, it is on a new stage, where no message has been seen.
 */
export function useReplayedStage(cast: ReplayedCast): ReplayedStage {
  const scenarios = scenariosOf(cast);
  const resources = new Cleanup();
  let replay: Replay | undefined;
  let played = 0;
  afterAll(() => resources.run());
  return {
    async play(scenario) {
      const end = scenarios.findIndex(({ name }) => name === scenario.name) + 1;
      if (!replay || played >= end) {
        await resources.run();
        [replay, played] = [await openStage(cast, resources), 0];
      }
      for (const earlier of scenarios.slice(played, end - 1)) await replay.play(earlier);
      played = end;
      return replay.play(scenario);
    },
  };
}

async function openStage(cast: ReplayedCast, resources: Cleanup): Promise<Replay> {
  const nats = resources.use(await startNats());
  const client = resources.use(await rawClient(nats.url));
  const scenarios = scenariosOf(cast);
  await playRegistry(client, cast, scenarios);
  const recorder = await recordWire(resources.use(await rawClient(nats.url)));
  const keyDir = await mkdtemp(join(tmpdir(), 'agentnet-keys-'));
  resources.defer(() => rm(keyDir, { recursive: true, force: true }));
  const clock = new RecordedClock(startOf(scenarios[0]));
  const players = cast.parts.map((part) => {
    const auth = { enabled: cast.isSigned, keyDir };
    const agent = new AgentNode({ ...part.options, auth, clock, natsUrl: nats.url, onError: () => undefined });
    const pauses = new Pauses(clock);
    agent.onMessage((message, context) => part.handle(message, context, pauses));
    return { agent, accountId: part.accountId, pauses };
  });
  for (const { agent } of players) resources.defer(() => agent.close());
  return new Replay({ cast, players, client, clock, recorder });
}
