import {
  check,
  matchSubject,
  operations,
  type RpcName,
  type SchemaName,
  subjectPatterns,
  type Violation,
} from '@agentnet/protocol';
import type { NatsConnection } from '@nats-io/nats-core';
import { eventually } from './eventually.js';
import { rpcNames } from './raw-client.js';
import { type Frame, toFrame } from './raw-subscription.js';

export interface WireTapOptions {
  /** Frames the test itself made, good or bad; they are not judged. Replies to them are. */
  madeByTest?: (frame: Frame) => boolean;
  /** Hears of every frame, judged or not. */
  onFrame?: (frame: Frame) => void;
}

export interface WireViolation {
  readonly schema: SchemaName;
  readonly violations: readonly Violation[];
  readonly subject: string;
  readonly text: string;
}

/** Judges every frame of one NATS server against the specification. */
export interface WireTap {
  readonly frames: number;
  readonly violations: readonly WireViolation[];
  /** Waits for what the server has already sent, then throws if a frame broke its schema. */
  verify(): Promise<void>;
  close(): Promise<void>;
}

// `plainInbox` covers `replyInbox`: a frame heard twice would be judged twice.
const { replyInbox: _covered, historyTapped: _internal, ...tapped } = subjectPatterns;
const rpcOfSubject = new Map<string, RpcName>(rpcNames.map((name) => [operations[name].subject, name]));
const eventOfSubject = new Map<string, SchemaName>([
  [operations.hello.subject, operations.hello.request],
  [operations.goodbye.subject, operations.goodbye.request],
]);

/** Listens to all protocol subjects of `connection`, which must serve nothing else. */
export async function tapWire(connection: NatsConnection, options: WireTapOptions = {}): Promise<WireTap> {
  const violations: WireViolation[] = [];
  const expectedReplies = new Map<string, SchemaName>();
  let frames = 0;
  const judge = (frame: Frame): void => {
    frames += 1;
    options.onFrame?.(frame);
    const schema = schemaOf(frame, expectedReplies);
    noteReply(frame, expectedReplies);
    if (!schema || options.madeByTest?.(frame)) return;
    const found = frame.json === undefined ? [notJson] : check(schema, frame.json);
    if (found.length > 0)
      violations.push({ schema, violations: found, subject: frame.subject, text: frame.text.slice(0, 4000) });
  };
  for (const subject of Object.values(tapped))
    connection.subscribe(subject, { callback: (error, message) => (error ? undefined : judge(toFrame(message))) });
  await connection.flush();
  return {
    get frames() {
      return frames;
    },
    violations,
    async verify() {
      // After a test that killed the server, the tap's own connection may be the last one to come back.
      await eventually(() => connection.flush().then(() => true), { what: "the tap's connection" });
      const broken = violations.splice(0);
      if (broken.length > 0) throw new Error(`frames broke the specification: ${JSON.stringify(broken, null, 2)}`);
    },
    close: () => connection.close(),
  };
}

const notJson: Violation = { path: '', keyword: 'type', message: 'must be a JSON object' };

function schemaOf(frame: Frame, expectedReplies: ReadonlyMap<string, SchemaName>): SchemaName | undefined {
  const expected = expectedReplies.get(frame.subject);
  if (expected) return isErrorReply(frame, expected) ? 'ErrorReply' : expected;
  const rpc = rpcOfSubject.get(frame.subject);
  if (rpc) return operations[rpc].request;
  const event = eventOfSubject.get(frame.subject);
  if (event) return event;
  if (matchSubject.accountReceipts(frame.subject)) return 'SentReceipt';
  if (matchSubject.accountInbox(frame.subject) || matchSubject.capability(frame.subject)) return 'SentMessage';
  return undefined;
}

/** Requests that reach a wildcard subscription name the subject their answer will have. */
function noteReply(frame: Frame, expectedReplies: Map<string, SchemaName>): void {
  if (!frame.reply) return;
  const rpc = rpcOfSubject.get(frame.subject);
  if (rpc) expectedReplies.set(frame.reply, operations[rpc].reply);
  else if (matchSubject.accountInbox(frame.subject) || matchSubject.capability(frame.subject))
    expectedReplies.set(frame.reply, 'SentMessage');
}

function isErrorReply(frame: Frame, expected: SchemaName): boolean {
  return expected !== 'SentMessage' && typeof frame.json === 'object' && frame.json !== null && 'error' in frame.json;
}
