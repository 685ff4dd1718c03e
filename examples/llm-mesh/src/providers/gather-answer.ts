import type { JsonObject } from '@agentnet/protocol';
import type { GrowingCalls } from './growing-calls.js';
import { ModelError } from './model-error.js';
import type { ModelAnswer } from './provider.js';

/** What one event of the model's stream says. */
export interface Glimpse {
  /** The next piece of the text; empty when the event has none. */
  readonly piece: string;
  readonly isLast: boolean;
}

/** What is read with. */
export interface Reading {
  /** Reads one event, and adds what it says of tool calls to `calls`. */
  readonly read: (event: JsonObject) => Glimpse;
  readonly calls: GrowingCalls;
  /** What a whole answer ends with, for the error when it does not. */
  readonly lastSign: string;
}

/** Yields the text as it comes; a stream that ends before the answer does is no answer. */
export async function* gatherAnswer(
  events: AsyncIterable<JsonObject>,
  { read, calls, lastSign }: Reading,
): AsyncGenerator<string, ModelAnswer> {
  let text = '';
  let finished = false;
  for await (const event of events) {
    const { piece, isLast } = read(event);
    finished ||= isLast;
    if (piece === '') continue;
    text += piece;
    yield piece;
  }
  if (!finished) throw new ModelError('model_answer_cut', `the answer ended without ${lastSign}; ask again`);
  return { text, toolCalls: calls.all() };
}
