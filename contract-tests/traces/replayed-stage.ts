import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Message, type Receipt, subjects } from '@agentnet/protocol';
import { AgentNode } from '@agentnet/sdk';
import { afterAll, beforeAll } from 'vitest';
import { aMessage, Cleanup, eventually, type RawClient, rawClient, startNats } from '../harness/index.js';
import type { RecordedFrame } from '../kit/judge/captured-frame.js';
import { assignRoles, type RoledFrame } from '../kit/judge/frame-roles.js';
import { Bindings } from './bindings.js';
import { loadScenarios, numberOf, type Scenario } from './load-scenario.js';
import { oversized } from './oversized-message.js';
import { RecordedClock } from './recorded-clock.js';
import type { Part, ReplayedCast } from './replayed-cast.js';
import { playRegistry } from './replayed-registry.js';
import { recordWire, type WireRecorder } from './wire-recorder.js';

/** Our agents in the places of the recorded ones, on a network where everybody else says what the recording says. */
export interface ReplayedStage {
  /** Replays one scenario and returns both traces. */
  play(scenario: Scenario): Promise<{ recorded: readonly RoledFrame[]; ours: readonly RoledFrame[] }>;
}

/** The scenarios of a cast. */
export function scenariosOf({ recording, scenarios: [first, last] }: ReplayedCast): readonly Scenario[] {
  return loadScenarios(recording).filter(({ name }) => numberOf(name) >= first && numberOf(name) <= last);
}

/** One stage for all tests of the surrounding group. */
export function useReplayedStage(cast: ReplayedCast): () => ReplayedStage {
  const resources = new Cleanup();
  let stage: ReplayedStage | undefined;
  beforeAll(async () => {
    stage = await openStage(cast, resources);
  });
  afterAll(() => resources.run());
  return () => {
    if (!stage) throw new Error('the stage is not open outside tests');
    return stage;
  };
}

async function openStage(cast: ReplayedCast, resources: Cleanup): Promise<ReplayedStage> {
  const nats = resources.use(await startNats());
  const client = resources.use(await rawClient(nats.url));
  const scenarios = scenariosOf(cast);
  await playRegistry(client, cast, scenarios);
  const recorder = await recordWire(resources.use(await rawClient(nats.url)));
  const keyDir = await mkdtemp(join(tmpdir(), 'agentnet-keys-'));
  resources.defer(() => rm(keyDir, { recursive: true, force: true }));
  const clock = new RecordedClock(startOf(scenarios[0]));
  const agents = cast.parts.map((part) => {
    const auth = { enabled: cast.isSigned, keyDir };
    const agent = new AgentNode({ ...part.options, auth, clock, natsUrl: nats.url, onError: () => undefined });
    agent.onMessage((message, context) => part.handle(message, context, clock));
    return agent;
  });
  const replay = new Replay({ cast, agents, client, clock, recorder });
  for (const agent of agents) resources.defer(() => agent.close());
  return { play: (scenario) => replay.play(scenario) };
}

interface Stage {
  readonly cast: ReplayedCast;
  readonly agents: readonly AgentNode[];
  readonly client: RawClient;
  readonly clock: RecordedClock;
  readonly recorder: WireRecorder;
}

/** An answer that does not come is for the comparison to report. */
const patienceMs = 2_000;
const passer = 'acct_passer_by';

class Replay {
  readonly #stage: Stage;
  #hasStarted = false;

  constructor(stage: Stage) {
    this.#stage = stage;
  }

  async play(scenario: Scenario): ReturnType<ReplayedStage['play']> {
    const { recorder } = this.#stage;
    const isBeginning = scenario.frames.some(({ subject }) => subject === subjects.registryRegister);
    recorder.begin();
    await this.#start();
    // A run that begins later in the recording is not compared with its beginning.
    if (!isBeginning) recorder.begin();
    const recorded = relevant(assignRoles(scenario.frames), isBeginning);
    const { sending } = isBeginning ? {} : await this.#replay(scenario, recorded);
    await this.#finish();
    const heard = await recorder.end(() => true, patienceMs);
    if (sending) await this.#outlast(sending);
    const ours = relevant(heard.filter(isOfOthers).map(asRecorded), isBeginning);
    return { recorded, ours };
  }

  async #start(): Promise<void> {
    if (this.#hasStarted) return;
    this.#hasStarted = true;
    for (const agent of this.#stage.agents) await agent.start();
  }

  /** Publishes what others sent when they sent it, and waits where the recorded agents had answered before. */
  async #replay(
    scenario: Scenario,
    recorded: readonly RoledFrame<RecordedFrame>[],
  ): Promise<{ sending?: Promise<unknown> }> {
    const { client, clock, agents, cast } = this.#stage;
    const send = cast.sends?.[numberOf(scenario.name)];
    const startMs = startOf(scenario);
    let sending: Promise<unknown> | undefined;
    let wasAnswer = true;
    const bindings = new Bindings();
    for (const [index, roled] of recorded.entries()) {
      const { frame } = roled;
      const atMs = startMs + frame.afterMs;
      const isAnswer = this.#isAnswer(roled) && !(roled.role === 'message' && !send);
      const isLater = atMs - clock.now() > 50;
      if (isAnswer !== wasAnswer || isLater) await this.#heard(index);
      if (isLater) await this.#passBy();
      wasAnswer = isAnswer;
      clock.moveTo(Math.max(atMs, sentAt(frame, atMs)));
      if (roled.role === 'message' && send && agents[0]) {
        sending = send(agents[0]);
        await this.#bindIds(frame, bindings);
      } else if (!isAnswer) {
        const body = bodyOf(frame);
        const text = typeof body === 'string' ? bindings.translate(body) : body;
        client.publish(frame.subject, text, frame.reply ? { reply: frame.reply } : {});
      }
    }
    await this.#heard(recorded.length);
    return sending ? { sending } : {};
  }

  /** What answers our message must name it by the id we gave it. */
  async #bindIds({ body }: RecordedFrame, bindings: Bindings): Promise<void> {
    await this.#heard(1);
    const [first] = (await this.#stage.recorder.end(() => true, 0)).filter(isOfOthers);
    const bodies = [body, first?.frame.body];
    const [recorded, ours] = bodies.map((each) => (each?.kind === 'json' ? (each.value as Message).message_id : ''));
    if (recorded && ours) bindings.bind(recorded, ours);
  }

  /** Whether the recorded agents, or the registry for them, said this. */
  #isAnswer({ role, frame }: RoledFrame): boolean {
    if (role === 'rpc request' || role === 'rpc reply') return true;
    return this.#partOf(frame.body) !== undefined;
  }

  #partOf(body: RoledFrame['frame']['body']): Part | undefined {
    if (body.kind !== 'json') return undefined;
    const { from_session_tag: tag } = (body.value ?? {}) as Partial<Message & Receipt>;
    return this.#stage.cast.parts.find(({ sessionTag }) => sessionTag === tag);
  }

  async #heard(count: number): Promise<void> {
    await this.#stage.recorder.end((frames) => frames.filter(isOfOthers).length >= count, patienceMs);
  }

  /** Lets handlers that wait for their time end. */
  async #finish(): Promise<void> {
    const { agents, clock } = this.#stage;
    await eventually(() => {
      const isIdle = agents.every((agent) => agent.metricsSnapshot().inflight_count === 0);
      if (!isIdle) clock.moveTo(clock.now() + 100);
      return isIdle;
    });
    await this.#passBy();
  }

  /** A send that still waits for a receipt gives up when its time is over. */
  async #outlast(sending: Promise<unknown>): Promise<void> {
    const { clock } = this.#stage;
    const ended = sending.then(
      () => true,
      () => true,
    );
    await eventually(() => {
      clock.moveTo(clock.now() + 1000);
      return Promise.race([ended, Promise.resolve(false)]);
    });
  }

  /** Returns when each agent has answered somebody else, and so everything that came before. */
  async #passBy(): Promise<void> {
    const { agents, clock, client, recorder } = this.#stage;
    for (const { accountId } of agents) {
      const message = aMessage({ from: passer, to: accountId, sentInMs: clock.now() - Date.now() });
      client.publish(subjects.accountInbox(accountId), message);
      const isAnswer = ({ role, frame: { body } }: RoledFrame): boolean =>
        role === 'receipt' && body.kind === 'json' && body.text.includes(message.message_id);
      await recorder.end((frames) => frames.some(isAnswer), patienceMs);
    }
  }
}

function isOfOthers({ frame: { body } }: RoledFrame): boolean {
  return body.kind !== 'json' || !body.text.includes(passer);
}

/**
 * Heartbeats fall anywhere, lookups of names are the sender's and answers of JetStream no agent's. Where agents begin, the first two
 * belong to it.
 */
function relevant<F extends RoledFrame>(frames: readonly F[], isBeginning: boolean): readonly F[] {
  const lookups: string = subjects.registryResolveAccount;
  return frames.filter(
    ({ role, frame, request }) =>
      role !== 'other' && (isBeginning || (role !== 'hello' && (request ?? frame).subject !== lookups)),
  );
}

/** The recorder kept only the size and the keys of the oversized message. */
function asRecorded(roled: RoledFrame): RoledFrame {
  const { body } = roled.frame;
  if (body.kind !== 'json' || body.text !== JSON.stringify(oversized)) return roled;
  const truncated = { kind: 'truncated', size: body.text.length, keys: Object.keys(oversized) } as const;
  return { ...roled, frame: { ...roled.frame, body: truncated } };
}

function bodyOf({ body }: RecordedFrame): string | Uint8Array {
  if (body.kind === 'empty') return '';
  if (body.kind === 'undecodable') return body.bytes;
  return body.kind === 'truncated' ? JSON.stringify(oversized) : body.text;
}

/** A message is never heard before it was sent, though the recorder's clock is coarser than its sender's. */
function sentAt({ body }: RecordedFrame, atMs: number): number {
  const sentAt = body.kind === 'json' ? (body.value as Message | null)?.sent_at : undefined;
  const sentAtMs = Math.ceil(Date.parse(sentAt ?? '') + 1);
  return sentAtMs - atMs < 100 ? sentAtMs : atMs;
}

/** When the first frame of a scenario was on the wire: as its agents' clocks say, which no frame made by hand does. */
function startOf(scenario: Scenario | undefined): number {
  const frames = scenario?.frames ?? [];
  const clocks = ['event_at', 'resolved_at', 'last_seen', 'sent_at'] as const;
  for (const clock of clocks) {
    for (const { body, afterMs } of frames) {
      const written =
        body.kind === 'json' ? (body.value as Record<string, unknown> | null)?.[clock] : oversized[clock as 'sent_at'];
      const atMs = Date.parse(String(written));
      if (Number.isFinite(atMs)) return atMs - afterMs;
    }
  }
  return 0;
}
