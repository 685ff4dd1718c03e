import type { JsonObject } from '@agentnet/protocol';

/** What a model is asked, in words of neither API. */
export interface Prompt {
  readonly system: string;
  /** The last thing said by the user, or the last tool's answer. */
  readonly last: { readonly role: 'user' | 'tool'; readonly text: string };
  readonly tools: readonly string[];
  /** The request as it came. */
  readonly body: JsonObject;
}

/** What a model answers, or how its server fails. */
export interface Answer {
  readonly text?: string;
  readonly toolCalls?: readonly { readonly name: string; readonly args: string }[];
  /** Refuses with this HTTP status instead. */
  readonly status?: number;
  readonly retryAfter?: string;
  /** Breaks the connection in the middle of the answer. */
  readonly cut?: boolean;
}

/** A model as the server wants it: a function. */
export type Model = (prompt: Prompt) => Answer;

const places: Readonly<Record<string, string>> = {
  danube: 'The Danube flows through ten countries, more than any other river.',
  nile: 'The Nile flows north, from the lakes of Africa to the Mediterranean.',
};

/**
 * A model for trying things out: no weights, the same answer every time. It knows two rivers; asked about a river with the tools `search_agents` and `ask` at hand
 * it asks somebody who offers `geography`.
 */
export const tinyModel: Model = ({ last, tools, system }) => {
  const river = Object.keys(places).find((name) => last.text.toLowerCase().includes(name));
  if (last.role === 'tool') return { text: `I was told: ${told(last.text)}` };
  if (river !== undefined && tools.includes('ask'))
    return { toolCalls: [{ name: 'ask', args: JSON.stringify({ to: 'capability:geography', text: last.text }) }] };
  if (river !== undefined) return { text: places[river] ?? '' };
  return { text: `${firstWords(system)} heard: ${last.text.slice(0, 120)}` };
};

function told(answer: string): string {
  const value: { text?: string; detail?: string } = JSON.parse(answer);
  return value.text ?? value.detail ?? answer;
}

function firstWords(system: string): string {
  return system.split(/[.,]/)[0]?.replace(/^You are /, 'The agent that is ') ?? 'An agent';
}
