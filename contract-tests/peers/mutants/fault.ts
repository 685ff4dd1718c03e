import { operations } from '@agentnet/protocol';
import type { MutantFacts } from '../../kit/core/mutant.js';
import type { Feature } from '../../kit/core/scenario.js';
import type { JoinOptions, Observation, PeerCommand } from '../../kit/peer-process/peer-protocol.js';
import type { Body, WireFrame } from './nats-frames.js';

/** What a fault remembers and can do besides changing what passes. */
export interface Scene {
  /** Shared by all agents of one mutant. */
  // biome-ignore lint/suspicious/noExplicitAny: each fault keeps notes of its own kind
  readonly notes: Map<unknown, any>;
  /** Publishes as if the agent had done so. */
  publish(subject: string, body: object): void;
}

/**
 * One way of being wrong. It sits around an agent, between it and NATS and between it and the kit, so that it makes agents of any
 * language look faulty.
 */
export interface Fault {
  /** What goes onto the wire instead of what the agent publishes. */
  outgoing?(frame: WireFrame, scene: Scene): readonly WireFrame[];
  /** What reaches the agent instead of what is delivered to it. */
  incoming?(frame: WireFrame, scene: Scene): readonly WireFrame[];
  /** The queue group it subscribes with instead; undefined for none. */
  queue?(subject: string, queue: string | undefined): string | undefined;
  /** What it is told instead of a command. */
  command?(command: PeerCommand, scene: Scene): PeerCommand;
  /** What it says instead of an observation. */
  observation?(seen: Observation, scene: Scene): Observation;
}

/** A broken agent. */
export interface FaultyAgent extends MutantFacts {
  readonly role: 'agent';
  readonly fault: Fault;
  /** Features without which an implementation cannot have the fault. @default [] */
  readonly needs?: readonly Feature[];
}

type Is = (frame: WireFrame, scene: Scene) => boolean;
type Change = (json: Body, scene: Scene, frame: WireFrame) => Body | undefined;

export const agent = (
  name: string,
  breaks: FaultyAgent['breaks'],
  fault: Fault,
  more: Pick<FaultyAgent, 'needs' | 'survives'> = {},
): FaultyAgent => ({ name, role: 'agent', breaks, fault, ...more });

export const isReceipt: Is = ({ subject }) => subject.endsWith('.receipts');
export const isInbox: Is = ({ subject }) => /^account\.[^.]+\.inbox$/.test(subject);
export const isCapability: Is = ({ subject }) => subject.startsWith('agent.capability.');
/** A message of either kind. */
export const isMessage: Is = (frame, scene) => isInbox(frame, scene) || isCapability(frame, scene);
export const isAnswer: Is = ({ subject, json }) =>
  subject.startsWith('_INBOX.') && json !== undefined && 'kind' in json;
export const isHello: Is = ({ subject }) => subject === operations.hello.subject;
export const isGoodbye: Is = ({ subject }) => subject === operations.goodbye.subject;
export const ofKind =
  (kind: string): Is =>
  (frame, scene) =>
    isAnswer(frame, scene) && frame.json?.['kind'] === kind;
export const withStatus =
  (status: string): Is =>
  (frame, scene) =>
    isReceipt(frame, scene) && frame.json?.['status'] === status;
export const withCode =
  (code: string): Is =>
  (frame, scene) =>
    isReceipt(frame, scene) && frame.json?.['code'] === code;
/** A message to an account nobody waits to be answered. */
export const isDirect: Is = (frame, scene) => isInbox(frame, scene) && frame.json?.['kind'] === 'direct';

const changed = (frame: WireFrame, change: Change, scene: Scene): WireFrame => {
  if (!frame.json) return frame;
  const fields = change(frame.json, scene, frame);
  return fields ? { ...frame, json: { ...frame.json, ...fields } } : frame;
};

/** Never publishes such frames. */
export const dropping = (is: Is): Fault => ({ outgoing: (frame, scene) => (is(frame, scene) ? [] : [frame]) });

/** Publishes such frames with other fields; undefined leaves a field out. */
export const writing = (is: Is, change: Change): Fault => ({
  outgoing: (frame, scene) => [is(frame, scene) ? changed(frame, change, scene) : frame],
});

/** Publishes such frames twice. */
export const twice = (is: Is): Fault => ({
  outgoing: (frame, scene) => (is(frame, scene) ? [frame, frame] : [frame]),
});

/** Does not hear such frames. */
export const deafTo = (is: Is): Fault => ({ incoming: (frame, scene) => (is(frame, scene) ? [] : [frame]) });

/** Reads such frames as if they had other fields. */
export const reading = (is: Is, change: Change): Fault => ({
  incoming: (frame, scene) => [is(frame, scene) ? changed(frame, change, scene) : frame],
});

/** Joins with other options than it is told. */
export const joining = (options: JoinOptions | ((told: JoinOptions) => JoinOptions)): Fault => ({
  command: (command) =>
    command.do === 'join' ? { ...command, ...(typeof options === 'function' ? options(command) : options) } : command,
});

/** Does something else than it is told; undefined is what it is told. */
export const doing = (change: (command: PeerCommand, scene: Scene) => PeerCommand | undefined): Fault => ({
  command: (command, scene) => change(command, scene) ?? command,
});

/** Says something else than it saw; undefined is what it saw. */
export const saying = (change: (seen: Observation, scene: Scene) => Observation | undefined): Fault => ({
  observation: (seen, scene) => change(seen, scene) ?? seen,
});

/** Claims to have sent what it refused or could not deliver. */
export const claiming = (code: string): Fault =>
  saying((seen) =>
    seen.saw === 'error' && seen.code === code ? { saw: 'sent', re: seen.re, message_id: 'none' } : undefined,
  );

/** Refuses an inbox message by itself, with a receipt; the agent never gets it. */
export function refuse({ subject, json = {} }: WireFrame, { publish }: Scene, code: string): readonly WireFrame[] {
  const { message_id, trace_id = message_id, thread_id = 'thread', from_account_id } = json;
  if (typeof from_account_id === 'string')
    publish(`account.${from_account_id}.receipts`, {
      message_id,
      trace_id,
      thread_id,
      status: 'rejected',
      code,
      detail: code,
      event_at: new Date().toISOString(),
      from_account_id: subject.split('.')[1],
      to_account_id: from_account_id,
    });
  return [];
}

/** Counts how often something was seen, this time included. */
export function times({ notes }: Scene, ...what: unknown[]): number {
  const key = JSON.stringify(what);
  const count = ((notes.get(key) as number | undefined) ?? 0) + 1;
  notes.set(key, count);
  return count;
}
