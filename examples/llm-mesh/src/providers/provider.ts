import type { JsonObject } from '@agentnet/protocol';

/** A call the model asks for. Its arguments are the text the model wrote, which may be no JSON at all. */
export interface ToolCall {
  readonly id: string;
  readonly name: string;
  readonly args: string;
}

/** What a call came to. */
export interface ToolAnswer {
  readonly id: string;
  readonly text: string;
  readonly failed: boolean;
}

/** One step of a conversation with a model, in words of neither API. */
export type Turn =
  | { readonly role: 'user'; readonly text: string }
  | { readonly role: 'assistant'; readonly text: string; readonly toolCalls: readonly ToolCall[] }
  | { readonly role: 'tools'; readonly answers: readonly ToolAnswer[] };

/** A tool as its schema describes it. */
export interface OfferedTool {
  readonly name: string;
  readonly description: string;
  readonly parameters: JsonObject;
}

export interface ModelRequest {
  readonly system: string;
  readonly turns: readonly Turn[];
  readonly tools: readonly OfferedTool[];
  readonly signal: AbortSignal;
}

/** What the model said in one turn. Without tool calls it is done. */
export interface ModelAnswer {
  readonly text: string;
  readonly toolCalls: readonly ToolCall[];
}

/** One model behind one API. */
export interface Provider {
  /**
   * Gives the text as it is made and returns the whole answer.
   *
   * @throws {ModelError}
   */
  answer(request: ModelRequest): AsyncGenerator<string, ModelAnswer>;
}
