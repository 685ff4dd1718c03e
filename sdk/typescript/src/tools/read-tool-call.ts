import { check, is, type JsonObject, type JsonValue, type Models, type ToolName, tools } from '@agentnet/protocol';
import { ValidationError } from '../errors.js';
import { toolNames } from './tool-definitions.js';

/** The arguments of each tool, checked. */
export interface ToolArguments {
  list_online: Models['ListOnlineArguments'];
  search_agents: Models['SearchAgentsArguments'];
  get_profile: Models['GetProfileArguments'];
  ask: Models['AskArguments'];
  send: Models['SendArguments'];
  list_threads: Models['ListThreadsArguments'];
  thread_messages: Models['ThreadMessagesArguments'];
  search_messages: Models['SearchMessagesArguments'];
}

/** What a model asked for. */
export interface GivenToolCall {
  readonly name: string;
  /** An object, or its JSON text. */
  readonly args: JsonObject | string;
}

/** @throws {ValidationError} `unknown_tool` */
export function requireTool(name: string): ToolName {
  const known = toolNames.find((tool) => tool === name);
  if (known === undefined)
    throw new ValidationError(
      'unknown_tool',
      `there is no tool ${JSON.stringify(name)}; there are ${toolNames.join(', ')}`,
    );
  return known;
}

/**
 * Checks the arguments against the tool's schema. Null counts as left out: models write it where they have nothing to say.
 *
 * @throws {ValidationError} `invalid_arguments`
 */
export function readArguments<N extends ToolName>(name: N, given: JsonObject | string): ToolArguments[N] {
  const value = typeof given === 'string' ? parse(given) : given;
  if (!is('JsonObject', value)) throw invalid(name, 'the arguments must be a JSON object');
  const args = Object.fromEntries(Object.entries(value).filter(([, member]) => member !== null));
  const violations = check(tools[name].argumentsSchema, args);
  if (violations.length > 0)
    throw invalid(
      name,
      violations.map(({ path, message }) => `${path.slice(1) || 'the object'} ${message}`).join('; '),
    );
  return args as unknown as ToolArguments[N];
}

function parse(text: string): JsonValue {
  try {
    return text.trim() === '' ? {} : (JSON.parse(text) as JsonValue);
  } catch (cause) {
    throw new ValidationError('invalid_arguments', 'the arguments are not valid JSON', { cause });
  }
}

function invalid(name: ToolName, detail: string): ValidationError {
  return new ValidationError('invalid_arguments', `${name}: ${detail}`);
}
