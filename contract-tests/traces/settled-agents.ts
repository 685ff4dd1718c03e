import { subjects } from '@agentnet/protocol';
import type { AgentNode } from '@agentnet/sdk';
import { aMessage, type RawClient } from '../harness/index.js';
import type { RoledFrame } from '../kit/judge/frame-roles.js';
import type { Pauses } from './pauses.js';
import type { RecordedClock } from './recorded-clock.js';
import type { WireRecorder } from './wire-recorder.js';

/** One of our agents, and how its handlers wait. */
export interface Player {
  readonly agent: AgentNode;
  readonly accountId: string;
  readonly pauses: Pauses;
}

/** What agents are watched with. */
export interface Watch {
  readonly players: readonly Player[];
  readonly client: RawClient;
  readonly clock: RecordedClock;
  readonly recorder: WireRecorder;
}

const passer = 'acct_passer_by';

/** Only a hanging agent takes that long: what is waited for is said by the agents themselves. */
const hangingMs = 20_000;

/**
 * Knows when nothing more can happen before the clock moves: every message has passed the gates, every handler has ended or waits for the clock, every
 * question is answered, and all of it has been heard.
 */
export class SettledAgents {
  readonly #watch: Watch;
  readonly #delivered = new Map<string, number>();

  constructor(watch: Watch) {
    this.#watch = watch;
  }

  /** Publishes for somebody else. */
  publish(subject: string, body: string | Uint8Array | object, reply?: string): void {
    this.#delivered.set(subject, (this.#delivered.get(subject) ?? 0) + 1);
    this.#watch.client.publish(subject, body, reply === undefined ? {} : { reply });
  }

  /** @throws Error when an agent hangs */
  async settle(): Promise<void> {
    for (;;) {
      await this.#until(() => this.#isQuiet(), 'every agent to come to rest');
      const before = (await this.heard()).length;
      await this.#passBy();
      if ((await this.heard()).length === before && (await this.#isQuiet())) return;
    }
  }

  /** What was heard so far, but for what this class said and was told. */
  async heard(): Promise<readonly RoledFrame[]> {
    const frames = await this.#watch.recorder.end(() => true, 0);
    return frames.filter(({ frame: { body } }) => body.kind !== 'json' || !body.text.includes(passer));
  }

  /** Waits for the first message of one of our agents. */
  async firstMessage(): Promise<RoledFrame | undefined> {
    let first: RoledFrame | undefined;
    await this.#until(async () => {
      first = (await this.heard()).find(({ role }) => role === 'message');
      return first !== undefined;
    }, 'the message an agent sends');
    return first;
  }

  /** Whether a handler still waits for the clock. */
  get isWorking(): boolean {
    return this.#watch.players.some(({ agent }) => agent.metricsSnapshot().inflight_count > 0);
  }

  async #isQuiet(): Promise<boolean> {
    const questions = (await this.heard()).filter(isKeyExchange);
    const asked = questions.filter(({ role }) => role === 'rpc request').length;
    return 2 * asked === questions.length && this.#watch.players.every((player) => this.#isSettled(player));
  }

  #isSettled({ agent, accountId, pauses }: Player): boolean {
    const { processed_count, dropped_count, timeout_count, error_count, inflight_count, pending_count } =
      agent.metricsSnapshot();
    const ended = processed_count + dropped_count + timeout_count + error_count;
    const delivered = this.#delivered.get(subjects.accountInbox(accountId)) ?? 0;
    return ended + inflight_count + pending_count === delivered && inflight_count === pauses.open;
  }

  /**
   * Returns when each agent has refused somebody else, at its first gate and so without a trace in its state: everything it had said before has been
   * heard.
   */
  async #passBy(): Promise<void> {
    const { players, recorder, clock } = this.#watch;
    const markers = players.map(({ accountId }) => {
      const marker = aMessage({
        from: passer,
        to: accountId,
        sentInMs: clock.now() - Date.now(),
        schema_version: '9.0',
      });
      this.publish(subjects.accountInbox(accountId), marker);
      return marker.message_id;
    });
    await this.#until(async () => {
      const frames = await recorder.end(() => true, 0);
      return markers.every((id) => frames.some((frame) => isReceiptFor(frame, id)));
    }, 'every agent to refuse the passer-by');
  }

  /** Asks again after each answer of the server: while the loop turns, agents and recorder get what is theirs. */
  async #until(isSo: () => boolean | Promise<boolean>, what: string): Promise<void> {
    const deadline = Date.now() + hangingMs;
    while (!(await isSo())) {
      if (Date.now() > deadline) throw new Error(`waited in vain for ${what}`);
      await this.#watch.client.connection.flush();
    }
  }
}

function isKeyExchange({ frame, request }: RoledFrame): boolean {
  return (request ?? frame).subject === subjects.registryResolveKey;
}

function isReceiptFor({ role, frame: { body } }: RoledFrame, messageId: string): boolean {
  return role === 'receipt' && body.kind === 'json' && body.text.includes(messageId);
}
