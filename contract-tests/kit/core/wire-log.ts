import type { RuleId, SchemaName } from '@agentnet/protocol';
import type { RawClient } from '../../harness/raw-client.js';
import type { Frame } from '../../harness/raw-subscription.js';
import { tapWire, type WireTap, type WireViolation } from '../../harness/wire-tap.js';
import { judgeSequences } from './judge-sequences.js';
import { Judgement } from './judgement.js';
import type { ShownFrame } from './result.js';

/** A frame as it was heard, with the whole of what sequences are judged by. */
export interface LoggedFrame extends ShownFrame {
  readonly json: unknown;
}

const keptFrames = 20_000;
const shownCharacters = 1500;

/** The rule that says what the frames of a schema look like. */
const ruleOfSchema: Partial<Record<SchemaName, RuleId>> = {
  SentMessage: 'message.sent.fields',
  SentReceipt: 'receipt.fields',
  Hello: 'presence.heartbeat.fields',
  Goodbye: 'presence.goodbye.sent',
  RegisterReply: 'identity.register.reply',
  ErrorReply: 'rpc.error.shape',
};

/** Every frame of one NATS server, judged when the scenario that caused it ends. */
export class WireLog {
  readonly #frames: LoggedFrame[] = [];
  #tap: WireTap | undefined;

  constructor(readonly clients: readonly RawClient[]) {}

  /** Listens with a connection of its own. */
  async listen(client: RawClient): Promise<void> {
    const isByKit = ({ body }: Frame): boolean => this.clients.some((one) => one.hasSent(body));
    this.#tap = await tapWire(client.connection, {
      madeByTest: isByKit,
      onFrame: (frame) => {
        if (this.#frames.length >= keptFrames) this.#frames.splice(0, keptFrames / 2);
        const { subject, reply, text, json } = frame;
        this.#frames.push({ subject, reply, text: text.slice(0, shownCharacters), json, byKit: isByKit(frame) });
      },
    });
    this.#connection = client;
  }

  #connection: RawClient | undefined;

  /** The frames that mention one of these names. */
  framesOf(names: ReadonlySet<string>): readonly LoggedFrame[] {
    return this.#frames.filter((frame) => mentions(frame, names));
  }

  /** Waits for what the server has already sent, then judges what mentions these names: each frame, and their order. */
  async judge(names: ReadonlySet<string>): Promise<void> {
    if (!this.#tap || !this.#connection) return;
    await this.#connection.connection.flush();
    const broken = this.#tap.violations.find((violation) => mentions(violation, names));
    if (broken) throw judgementOf(broken);
    judgeSequences(this.framesOf(names));
  }
}

function mentions({ subject, text }: { subject: string; text: string }, names: ReadonlySet<string>): boolean {
  for (const name of names) if (subject.includes(name) || text.includes(name)) return true;
  return false;
}

function judgementOf({ schema, violations, subject, text }: WireViolation): Judgement {
  return new Judgement({
    rule: ruleOfSchema[schema] ?? 'rpc.types',
    what: `a frame on ${subject} must be a valid ${schema}`,
    expected: violations.map(({ path, message }) => `${path || 'it'} ${message}`).join('; '),
    actual: text,
  });
}
