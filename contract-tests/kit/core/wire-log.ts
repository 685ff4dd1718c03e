import type { RuleId, SchemaName } from '@agentnet/protocol';
import type { RawClient } from '../../harness/raw-client.js';
import type { Frame } from '../../harness/raw-subscription.js';
import { tapWire, type WireTap, type WireViolation } from '../../harness/wire-tap.js';
import { decodeBody, type RecordedFrame } from '../judge/captured-frame.js';
import { Conversation } from '../judge/conversation.js';
import { judgeReceipts } from '../judge/judge-receipts.js';
import { judgeReplies } from '../judge/judge-replies.js';
import { judgeWithReply } from '../judge/judge-with-reply.js';
import { Judgement } from './judgement.js';
import type { ShownFrame } from './result.js';

/** A frame as it was heard, with the whole of its body. */
export interface LoggedFrame extends ShownFrame {
  readonly n: number;
  readonly body: Uint8Array;
  readonly heardAtMs: number;
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
        const { subject, reply, text, body, heardAtMs } = frame;
        this.#heard += 1;
        const shown = { subject, reply, text: text.slice(0, shownCharacters), byKit: isByKit(frame) };
        this.#frames.push({ ...shown, n: this.#heard, body, heardAtMs });
      },
    });
    this.#connection = client;
  }

  #connection: RawClient | undefined;
  #heard = 0;

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
    judgeConversation(this.framesOf(names));
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

/** Judges what frames must say together: receipts in order and about their message, replies about their request. */
function judgeConversation(frames: readonly LoggedFrame[]): void {
  const conversation = new Conversation('', frames.map(recorded));
  const byKit = new Set(frames.flatMap((frame) => (frame.byKit ? [frame.n] : [])));
  // The last frame of a finding is the offence; what a scenario did on purpose is none.
  const isOffence = ({ n }: RecordedFrame): boolean => !byKit.has(n);
  const found = [...judgeReceipts(conversation), ...judgeWithReply(conversation), ...judgeReplies(conversation)];
  const finding = found.find((each) => each.frames.slice(-1).some(isOffence));
  if (!finding) return;
  const { rule, what, expected } = finding;
  const actual = frames.find(({ n }) => n === finding.frames.at(-1)?.n)?.text;
  throw new Judgement({ rule, what, expected, actual });
}

function recorded({ n, subject, reply, body, heardAtMs }: LoggedFrame): RecordedFrame {
  const frame = { n, subject, body: decodeBody(body), size: body.length, afterMs: heardAtMs };
  return reply ? { ...frame, reply } : frame;
}
