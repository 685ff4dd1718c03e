import type { JsonObject, JsonValue } from '@agentnet/protocol';
import type { AgentConfig } from '../config/agent-config.js';
import type { ModelAccess } from '../config/read-access.js';
import { callModel, type Pause, pauseForReal } from './call-model.js';
import { endpoint } from './endpoint.js';
import { gatherAnswer } from './gather-answer.js';
import { GrowingCalls } from './growing-calls.js';
import { ModelError } from './model-error.js';
import type { ModelAnswer, ModelRequest, OfferedTool, Provider, ToolCall, Turn } from './provider.js';
import { isObject, memberOf, readEvents, textOf } from './read-events.js';

/** A model behind an API like Claude's `/v1/messages`. */
export class ClaudeProvider implements Provider {
  constructor(
    private readonly agent: Pick<AgentConfig, 'model' | 'maxTokens'>,
    private readonly access: ModelAccess,
    private readonly pause: Pause = pauseForReal,
  ) {}

  async *answer(request: ModelRequest): AsyncGenerator<string, ModelAnswer> {
    const { key, baseUrl } = this.access;
    const url = endpoint(baseUrl, 'messages');
    const headers = { 'x-api-key': key.reveal(), 'anthropic-version': '2023-06-01' };
    const { signal } = request;
    const stream = await callModel({ url, headers, body: this.#body(request), key, signal }, this.pause);
    const calls = new GrowingCalls();
    const read = (event: JsonObject) => {
      if (event['type'] === 'error') throw givenUp(event, key.redact.bind(key));
      growCalls(calls, event);
      const piece = event['type'] === 'content_block_delta' ? textOf(memberOf(event['delta'], 'text')) : '';
      return { piece, isLast: event['type'] === 'message_stop' };
    };
    return yield* gatherAnswer(readEvents(stream, signal), { read, calls, lastSign: 'message_stop' });
  }

  #body({ system, turns, tools }: ModelRequest): JsonObject {
    return {
      model: this.agent.model,
      stream: true,
      max_tokens: this.agent.maxTokens,
      system,
      messages: turns.map(toMessage),
      ...(tools.length === 0 ? {} : { tools: tools.map(toTool) }),
    };
  }
}

function toMessage(turn: Turn): JsonObject {
  if (turn.role === 'user') return { role: 'user', content: turn.text };
  if (turn.role === 'tools') {
    const content = turn.answers.map(({ id, text, failed }) => ({
      type: 'tool_result',
      tool_use_id: id,
      content: text,
      ...(failed ? { is_error: true } : {}),
    }));
    return { role: 'user', content };
  }
  const calls = turn.toolCalls.map(({ id, name, args }) => ({ type: 'tool_use', id, name, input: inputOf(args) }));
  // The API takes no empty text.
  return { role: 'assistant', content: turn.text === '' ? calls : [{ type: 'text', text: turn.text }, ...calls] };
}

/** What a model wrote as arguments, as the object the API wants back; its answer says what was wrong with it. */
function inputOf(args: string): JsonObject {
  try {
    const value = JSON.parse(args) as JsonValue;
    if (isObject(value)) return value;
  } catch {
    // The same as what is no object.
  }
  return {};
}

function toTool({ name, description, parameters }: OfferedTool): JsonObject {
  return { name, description, input_schema: parameters };
}

function growCalls(calls: GrowingCalls, event: JsonObject): void {
  const index = typeof event['index'] === 'number' ? event['index'] : 0;
  const block = event['content_block'];
  if (memberOf(block, 'type') === 'tool_use') calls.grow(index, startOf(block));
  const args = textOf(memberOf(event['delta'], 'partial_json'));
  if (args !== '') calls.grow(index, { args });
}

function startOf(block: JsonValue | undefined): Partial<ToolCall> {
  return { id: textOf(memberOf(block, 'id')), name: textOf(memberOf(block, 'name')) };
}

function givenUp(event: JsonObject, redact: (text: string) => string): ModelError {
  const said = textOf(memberOf(event['error'], 'message'));
  const busy = memberOf(event['error'], 'type') === 'rate_limit_error';
  const code = busy ? 'model_rate_limited' : 'model_unavailable';
  return new ModelError(code, `the model's server gave up: ${redact(said)}; try again later`);
}
