import { AgentNode } from '@agentnet/sdk';
import { afterAll, beforeAll } from 'vitest';
import { Cleanup, type DatabaseKind, rawClient, startNats, startRegistry } from '../harness/index.js';
import { assignRoles, type RoledFrame } from '../kit/judge/frame-roles.js';
import type { Cast, Scene } from './agent-scenes.js';
import { agentAnswers } from './better-answers.js';
import { Bindings } from './bindings.js';
import { absent } from './difference.js';
import type { Scenario } from './load-scenario.js';
import { recordedSettings, startupMs } from './registry-stage.js';
import { countRoles, relevantFrames } from './relevant-frames.js';
import { recordWire, type WireRecorder } from './wire-recorder.js';

/** One network on which our agents act out the recorded scenarios, one after the other. */
export interface AgentStage {
  readonly bindings: Bindings;
  /** Lets the agents act and returns both traces, without the heartbeats that fell into them. */
  perform(scene: Scene, scenario: Scenario): Promise<{ recorded: readonly RoledFrame[]; ours: readonly RoledFrame[] }>;
}

/** One stage for all tests of the surrounding group. */
export function useAgentStage(kind: DatabaseKind): () => AgentStage {
  const resources = new Cleanup();
  let stage: AgentStage | undefined;
  beforeAll(async () => {
    stage = await openStage(kind, resources);
  }, 2 * startupMs);
  afterAll(() => resources.run());
  return () => {
    if (!stage) throw new Error('the stage is not open outside tests');
    return stage;
  };
}

async function openStage(kind: DatabaseKind, resources: Cleanup): Promise<AgentStage> {
  const nats = resources.use(await startNats());
  const database = await kind.create();
  resources.defer(() => database.drop());
  const network = { natsUrl: nats.url, database: database.env };
  resources.use(await startRegistry({ ...network, env: recordedSettings, timeoutMs: startupMs }));
  const recorder = await recordWire(resources.use(await rawClient(nats.url)));
  const cast = castFor(nats.url, resources);
  return {
    bindings: new Bindings(),
    perform: (scene, scenario) => perform({ scene, scenario, cast, recorder }),
  };
}

function castFor(natsUrl: string, resources: Cleanup): Cast {
  const alice = new AgentNode({
    agentId: 'agent_a',
    name: 'Agent A',
    capabilities: ['chat'],
    metadata: { team: 'ops', n: 1, f: 1.5, nested: { z: null } },
    username: 'Alice!!',
    natsUrl,
  });
  const bob = new AgentNode({
    agentId: 'agent_b',
    name: 'Agent B',
    capabilities: ['calculator', 'math.add'],
    username: 'bob',
    natsUrl,
  });
  alice.onMessage(() => undefined);
  bob.onMessage((message, { reply }) => (message.kind === 'request' ? reply({ echo: message.payload }) : undefined));
  for (const agent of [alice, bob]) resources.defer(() => agent.close());
  return { alice, bob };
}

/** Frames follow each other at once; heartbeats of one agent every two seconds. */
const promptMs = 5_000;
const heartbeatsMs = 10_000;

/** Recorded frames that our agents deliberately do not send: nobody waits for them. */
const leftOut = agentAnswers
  .filter(({ field, ours }) => field === 'frame' && ours === absent)
  .flatMap(({ frames = [] }) => frames);

interface Performance {
  readonly scene: Scene;
  readonly scenario: Scenario;
  readonly cast: Cast;
  readonly recorder: WireRecorder;
}

async function perform({ scene, scenario, cast, recorder }: Performance): ReturnType<AgentStage['perform']> {
  const recorded = relevantFrames(assignRoles(scenario.frames), scene);
  recorder.begin();
  await scene.act(cast);
  const expected = [...countRoles(recorded.filter(({ frame }) => !leftOut.includes(frame.n)))];
  const frames = await recorder.end(
    (heard) => {
      const counts = countRoles(relevantFrames(heard, scene));
      return expected.every(([role, count]) => (counts.get(role) ?? 0) >= count);
    },
    scene.hellosOfEach === undefined ? promptMs : heartbeatsMs,
  );
  return { recorded, ours: relevantFrames(frames, scene) };
}
