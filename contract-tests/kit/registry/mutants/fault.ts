import type { RpcName, RuleId } from '@agentnet/protocol';
import type { RawBody } from '../../../harness/raw-client.js';
import type { MutantFacts } from '../../core/mutant.js';

/** A body in the hands of a fault, free to be changed. */
// biome-ignore lint/suspicious/noExplicitAny: faults reach into replies of every operation, right and wrong ones
export type Body = Record<string, any>;

/** A registry call on its way through a faulty registry. */
export interface Call {
  readonly operation: RpcName;
  /** The request, when it is a JSON object. */
  readonly asked: Body | undefined;
  readonly text: string;
  readonly hasReply: boolean;
  /** What the real registry answers, to this or to another body or operation. */
  ask(body?: RawBody, operation?: RpcName): Promise<Body>;
  /** Puts a frame of its own on the faulty registry's network. */
  publish(subject: string, body: Body): void;
}

/** A frame other than a call: an event, a message, a reply, a receipt. */
export interface Passing {
  readonly subject: string;
  readonly json: Body | undefined;
  readonly text: string;
}

/** What a faulty registry remembers. */
// biome-ignore lint/suspicious/noExplicitAny: each fault keeps notes of its own kind
export type Notes = Map<unknown, any>;

export type Answer = Body | 'unchanged' | 'silence' | 'twice';

/** One way of being wrong. */
export interface Fault {
  answer?(call: Call, notes: Notes): Answer | Promise<Answer>;
  /** What goes on to the real registry instead of the frame. */
  pass?(frame: Passing, notes: Notes, call: Pick<Call, 'ask' | 'publish'>): readonly Passing[] | 'unchanged';
  /** Whether it answers messages as if it had asked for them. */
  readonly acknowledges?: boolean;
}

/** A mutant and what it does. */
export type FaultyRegistry = MutantFacts & { readonly role: 'registry'; readonly fault: Fault };

/** Declares a mutant. */
export function mutant(name: string, breaks: readonly [RuleId, ...RuleId[]], fault: Fault): FaultyRegistry {
  return { name, role: 'registry', breaks, fault };
}

type Edit = (reply: Body, asked: Body, notes: Notes) => Body | undefined;

/** Changes successful replies. */
export function edited(operations: RpcName | readonly RpcName[], edit: Edit): Fault {
  return {
    async answer({ operation, asked, ask }, notes) {
      if (![operations].flat().includes(operation)) return 'unchanged';
      const reply = await ask();
      return 'error' in reply ? reply : (edit(reply, asked ?? {}, notes) ?? reply);
    },
  };
}

/** Changes error replies. */
export function refusing(edit: (reply: Body, call: Call) => Answer | undefined): Fault {
  return {
    async answer(call) {
      const reply = await call.ask();
      return 'error' in reply ? (edit(reply, call) ?? reply) : reply;
    },
  };
}

/** Changes requests. */
export function asking(operations: RpcName | readonly RpcName[], edit: (asked: Body) => Body | undefined): Fault {
  return {
    async answer({ operation, asked, ask }) {
      if (![operations].flat().includes(operation) || !asked) return 'unchanged';
      const changed = structuredClone(asked);
      return ask(edit(changed) ?? changed);
    },
  };
}

/** Answers some calls by itself. */
export function answering(answer: (call: Call, notes: Notes) => Answer | undefined): Fault {
  return { answer: (call, notes) => answer(call, notes) ?? 'unchanged' };
}

/** Changes what is no call: events, messages, receipts. */
export function passing(pass: NonNullable<Fault['pass']>): Fault {
  return { pass };
}

/** The frame with another body. */
export function rewritten(frame: Passing, fields: Body): Passing {
  const json = { ...frame.json, ...fields };
  return { subject: frame.subject, json, text: JSON.stringify(json) };
}
