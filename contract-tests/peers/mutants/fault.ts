import type { AgentNodeOptions } from '@agentnet/sdk';
import type { MutantFacts } from '../../kit/core/mutant.js';

/** What an agent puts on the wire. */
export interface Outgoing {
  readonly subject: string;
  readonly reply?: string | undefined;
  /** The parsed body; bodies that are no JSON object pass unchanged. */
  readonly json: Record<string, unknown>;
}

/** How one broken agent differs from the SDK it is made of. */
export interface Fault {
  /** What goes onto the wire instead: nothing, one frame or several. */
  outgoing?(frame: Outgoing): readonly Outgoing[];
  /** Joins with other options than it is told. */
  options?(options: AgentNodeOptions): AgentNodeOptions;
  /** Subscribes with another queue group; undefined for none. */
  queue?(subject: string, queue: string | undefined): string | undefined;
  /** How often it hears what arrives on a subject. */
  hears?(subject: string): number;
}

/** A broken agent. */
export interface FaultyAgent extends MutantFacts {
  readonly role: 'agent';
  readonly fault: Fault;
}

export const isReceipt = ({ subject }: Outgoing): boolean => subject.endsWith('.receipts');
export const isMessage = ({ subject }: Outgoing): boolean => subject.endsWith('.inbox');
export const isAnswer = ({ subject, json }: Outgoing): boolean => subject.startsWith('_INBOX.') && 'kind' in json;
export const isHello = ({ subject }: Outgoing): boolean => subject === 'registry.hello';

type Kind = (frame: Outgoing) => boolean;

/** Drops frames of a kind. */
export const dropping = (kind: Kind): Fault => ({ outgoing: (frame) => (kind(frame) ? [] : [frame]) });

/** Writes other fields into frames of a kind; undefined leaves one out. */
export const writing = (kind: Kind, change: (json: Record<string, unknown>) => object): Fault => ({
  outgoing: (frame) => (kind(frame) ? [{ ...frame, json: { ...frame.json, ...change(frame.json) } }] : [frame]),
});

/** Sends frames of a kind twice. */
export const twice = (kind: Kind): Fault => ({ outgoing: (frame) => (kind(frame) ? [frame, frame] : [frame]) });

/** Joins with these inbox options, whatever it is told. */
export const inbox = (options: NonNullable<AgentNodeOptions['inbox']>): Fault => ({
  options: (told) => ({ ...told, inbox: { ...told.inbox, ...options } }),
});
