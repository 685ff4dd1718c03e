import type { RawClient } from '../harness/index.js';
import { type Body, decodeBody, type RecordedFrame } from '../kit/judge/captured-frame.js';
import { assignRoles } from '../kit/judge/frame-roles.js';
import { Bindings } from './bindings.js';
import { compareBodies, contentOf } from './compare-bodies.js';
import { absent, type Difference } from './difference.js';
import { idGrammar } from './id-grammar.js';
import type { Scenario } from './load-scenario.js';
import { oversized } from './oversized-message.js';
import { TimeShift } from './time-shift.js';

/**
 * A message without `sent_at` is dated by its arrival. A replay takes seconds where the recording took a minute, so the one
 * recorded message of that kind is given its recorded arrival: lists by time then have the recorded order.
 */
const undated = { frame: 104, arrival: '2026-11-23T14:28:20.871Z' };

/** Sends what clients sent in the recording to our registry and compares its answers with the recorded ones. */
export class RegistryReplay {
  readonly bindings = new Bindings();
  readonly #shift = new TimeShift(Date.now());
  readonly #client: RawClient;

  constructor(client: RawClient) {
    this.#client = client;
  }

  /** Replays one scenario frame by frame; requests are answered before the next frame goes out. */
  async play(scenario: Pick<Scenario, 'name' | 'frames'>): Promise<Difference[]> {
    const roled = assignRoles(scenario.frames);
    const differences: Difference[] = [];
    for (const { frame, role } of roled) {
      if (role === 'rpc request') {
        const reply = roled.find(({ request }) => request === frame)?.frame;
        differences.push(...(await this.#ask(frame, reply)).map((found) => ({ scenario: scenario.name, ...found })));
      } else if (role !== 'rpc reply' && role !== 'receipt') {
        this.publish(frame);
      }
    }
    await this.#client.connection.flush();
    return differences;
  }

  /** Publishes one recorded frame with our ids and the present time. */
  publish(frame: RecordedFrame): void {
    const reply = frame.reply === undefined ? {} : { reply: frame.reply };
    this.#client.publish(this.bindings.translate(frame.subject), this.#bodyToSend(frame), reply);
  }

  async #ask(request: RecordedFrame, recorded: RecordedFrame | undefined): Promise<Omit<Difference, 'scenario'>[]> {
    const ours = await this.#answerTo(request);
    if (ours === undefined) {
      return recorded ? [{ frame: recorded.n, field: 'frame', recorded: contentOf(recorded.body), ours: absent }] : [];
    }
    if (recorded === undefined) return [{ frame: request.n, field: 'frame', recorded: absent, ours: contentOf(ours) }];
    return compareBodies(recorded.body, ours, this.bindings).map((found) => ({ frame: recorded.n, ...found }));
  }

  async #answerTo(request: RecordedFrame): Promise<Body | undefined> {
    try {
      const { body } = await this.#client.request(request.subject, this.#bodyToSend(request));
      return decodeBody(body);
    } catch (cause) {
      if (cause instanceof Error && cause.name === 'TimeoutError') return undefined;
      throw cause;
    }
  }

  #bodyToSend({ n, body }: RecordedFrame): string | Uint8Array {
    if (body.kind === 'empty') return '';
    if (body.kind === 'undecodable') return body.bytes;
    const recorded = body.kind === 'truncated' ? JSON.stringify(oversized) : body.text;
    const text = n === undated.frame ? recorded.replace('{', `{"sent_at":"${undated.arrival}",`) : recorded;
    this.#shift.bindTimestamps(text, this.bindings);
    for (const id of chosenIds(text)) this.bindings.bind(id, this.bindings.get(id) ?? id);
    return this.bindings.translate(text);
  }
}

/** Message and thread ids are the sender's choice: what we send again must come back as it was. */
function chosenIds(text: string): readonly string[] {
  const tokens = text.match(/[A-Za-z0-9_]+/g) ?? [];
  return tokens.filter((token) => ['message id', 'thread id'].includes(idGrammar(token) ?? ''));
}
