import { type Message, type Receipt, subjects } from '@agentnet/protocol';
import { eventually } from '../harness/index.js';
import type { RecordedFrame } from '../kit/judge/captured-frame.js';
import { assignRoles, type RoledFrame } from '../kit/judge/frame-roles.js';
import { Bindings } from './bindings.js';
import { numberOf, type Scenario } from './load-scenario.js';
import { oversized } from './oversized-message.js';
import type { ReplayedCast } from './replayed-cast.js';
import { SettledAgents, type Watch } from './settled-agents.js';

/** What was on the wire then, and now. */
export interface ReplayedTraces {
  readonly recorded: readonly RoledFrame[];
  readonly ours: readonly RoledFrame[];
}

type Recorded = RoledFrame<RecordedFrame>;

/** Gives agents what the recorded ones got, when they got it. The clock moves only while everything is at rest, so no machine is too slow for it. */
export class Replay {
  readonly #cast: ReplayedCast;
  readonly #watch: Watch;
  readonly #agents: SettledAgents;
  #hasStarted = false;

  constructor({ cast, ...watch }: Watch & { readonly cast: ReplayedCast }) {
    this.#cast = cast;
    this.#watch = watch;
    this.#agents = new SettledAgents(watch);
  }

  async play(scenario: Scenario): Promise<ReplayedTraces> {
    const { recorder } = this.#watch;
    const isBeginning = scenario.frames.some(({ subject }) => subject === subjects.registryRegister);
    recorder.begin();
    await this.#start();
    // A run that begins later in the recording is not compared with its beginning.
    if (!isBeginning) recorder.begin();
    const recorded = relevant(assignRoles(scenario.frames), isBeginning);
    const { sending } = isBeginning ? {} : await this.#replay(scenario, recorded);
    await this.#finish();
    const ours = relevant((await this.#agents.heard()).map(asRecorded), isBeginning);
    if (sending) await this.#outlast(sending);
    return { recorded, ours };
  }

  async #start(): Promise<void> {
    if (this.#hasStarted) return;
    this.#hasStarted = true;
    for (const { agent } of this.#watch.players) await agent.start();
    await this.#agents.settle();
  }

  async #replay(scenario: Scenario, recorded: readonly Recorded[]): Promise<{ sending?: Promise<unknown> }> {
    const { clock, players } = this.#watch;
    const send = this.#cast.sends?.[numberOf(scenario.name)];
    const startMs = startOf(scenario);
    const bindings = new Bindings();
    let sending: Promise<unknown> | undefined;
    for (const turn of this.#turnsOf(recorded)) {
      await this.#agents.settle();
      clock.moveTo(Math.max(...turn.map(({ frame }) => momentOf(frame, startMs))));
      for (const said of turn) {
        if (said.role === 'message' && send && players[0]) {
          sending = send(players[0].agent);
          bindIds(said.frame, await this.#agents.firstMessage(), bindings);
        } else this.#say(said, bindings);
      }
    }
    return sending ? { sending } : {};
  }

  /** What follows each other at once: others say several things before anybody answers, while each answer has its moment. */
  #turnsOf(recorded: readonly Recorded[]): readonly (readonly Recorded[])[] {
    const turns: Recorded[][] = [];
    let last: Recorded | undefined;
    for (const roled of recorded) {
      const follows =
        last !== undefined && !this.#isAnswer(last) && !this.#isAnswer(roled) && isSoonAfter(roled.frame, last.frame);
      if (follows) turns.at(-1)?.push(roled);
      else turns.push([roled]);
      last = roled;
    }
    return turns;
  }

  #say(roled: Recorded, bindings: Bindings): void {
    if (this.#isAnswer(roled)) return;
    const { subject, reply } = roled.frame;
    const body = bodyOf(roled.frame);
    this.#agents.publish(subject, typeof body === 'string' ? bindings.translate(body) : body, reply);
  }

  /** Whether the recorded agents, or the registry for them, said this. */
  #isAnswer({ role, frame: { body } }: RoledFrame): boolean {
    if (role === 'message') return false;
    if (role === 'rpc request' || role === 'rpc reply') return true;
    if (body.kind !== 'json') return false;
    const { from_session_tag: tag } = (body.value ?? {}) as Partial<Message & Receipt>;
    return this.#cast.parts.some(({ sessionTag }) => sessionTag === tag);
  }

  /** Lets handlers that wait for their time end. */
  async #finish(): Promise<void> {
    const { clock } = this.#watch;
    await this.#agents.settle();
    while (this.#agents.isWorking) {
      clock.moveTo(clock.now() + 100);
      await this.#agents.settle();
    }
  }

  /** A send that still waits for a receipt gives up when its time is over. */
  async #outlast(sending: Promise<unknown>): Promise<void> {
    const { clock } = this.#watch;
    const ended = sending.then(
      () => true,
      () => true,
    );
    await eventually(() => {
      clock.moveTo(clock.now() + 1000);
      return Promise.race([ended, Promise.resolve(false)]);
    });
    await this.#agents.settle();
  }
}

function isSoonAfter(later: RecordedFrame, earlier: RecordedFrame): boolean {
  return later.afterMs - earlier.afterMs <= 50;
}

/** What answers our message must name it by the id we gave it. */
function bindIds({ body }: RecordedFrame, first: RoledFrame | undefined, bindings: Bindings): void {
  const [recorded, ours] = [body, first?.frame.body].map((each) =>
    each?.kind === 'json' ? (each.value as Message).message_id : '',
  );
  if (recorded && ours) bindings.bind(recorded, ours);
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
function momentOf({ body, afterMs }: RecordedFrame, startMs: number): number {
  const atMs = startMs + afterMs;
  const sentAt = body.kind === 'json' ? (body.value as Message | null)?.sent_at : undefined;
  const sentAtMs = Math.ceil(Date.parse(sentAt ?? '') + 1);
  return sentAtMs - atMs < 100 ? Math.max(atMs, sentAtMs) : atMs;
}

/** When the first frame of a scenario was on the wire: as its agents' clocks say, which no frame made by hand does. */
export function startOf(scenario: Scenario | undefined): number {
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
