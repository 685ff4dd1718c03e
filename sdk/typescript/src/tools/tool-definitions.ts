import { type JsonObject, type ToolName, tools } from '@agentnet/protocol';
import { ValidationError } from '../errors.js';

/** A tool as OpenAI's chat completions API declares it. */
export interface OpenAiTool {
  readonly type: 'function';
  readonly function: { readonly name: ToolName; readonly description: string; readonly parameters: JsonObject };
}

/** A tool as Anthropic's messages API declares it. */
export interface AnthropicTool {
  readonly name: ToolName;
  readonly description: string;
  readonly input_schema: JsonObject;
}

/** Whose API a tool is declared for. */
export type ToolFormat = 'openai' | 'anthropic';

/** What each format looks like. */
export type ToolDefinition<F extends ToolFormat> = F extends 'openai' ? OpenAiTool : AnthropicTool;

const writers: { readonly [F in ToolFormat]: (name: ToolName) => ToolDefinition<F> } = {
  openai: (name) => ({ type: 'function', function: { name, ...describe(name) } }),
  anthropic: (name) => {
    const { description, parameters } = describe(name);
    return { name, description, input_schema: parameters };
  },
};

/** The tools' names, in the order of the spec. */
export const toolNames = Object.keys(tools) as ToolName[];

/**
 * The tools of the spec for one API. The caller owns what comes back.
 *
 * @throws {ValidationError} `invalid_option`
 */
export function toolDefinitions<F extends ToolFormat>(format: F): ToolDefinition<F>[] {
  if (!Object.hasOwn(writers, format))
    throw new ValidationError('invalid_option', `format must be 'openai' or 'anthropic', got ${String(format)}`);
  return toolNames.map((name) => writers[format](name));
}

function describe(name: ToolName): { description: string; parameters: JsonObject } {
  const { description, parameters } = tools[name];
  return { description, parameters: structuredClone(parameters) };
}
