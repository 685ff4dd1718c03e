import type { JsonObject, JsonValue } from '@agentnet/protocol';
import type { AgentConfig } from '../config/agent-config.js';
import type { ModelAccess } from '../config/read-access.js';
import { callModel, type Pause, pauseForReal } from './call-model.js';
import { endpoint } from './endpoint.js';
import { gatherAnswer } from './gather-answer.js';
import { GrowingCalls } from './growing-calls.js';
import { ModelError } from './model-error.js';
import type { ModelAnswer, ModelRequest, OfferedTool, Provider, Turn } from './provider.js';
import { memberOf, readEvents, textOf } from './read-events.js';

/** A model behind an API like OpenAI's `/v1/chat/completions`. */
export class OpenAiProvider implements Provider {
  constructor(
    private readonly agent: Pick<AgentConfig, 'model' | 'maxTokens'>,
    private readonly access: ModelAccess,
    private readonly pause: Pause = pauseForReal,
  ) {}

  async *answer(request: ModelRequest): AsyncGenerator<string, ModelAnswer> {
    const { key, baseUrl } = this.access;
    const url = endpoint(baseUrl, 'chat/completions');
    const headers = { authorization: `Bearer ${key.reveal()}` };
    const { signal } = request;
    const stream = await callModel({ url, headers, body: this.#body(request), key, signal }, this.pause);
    const calls = new GrowingCalls();
    const read = (event: JsonObject) => {
      refuseError(event, key.redact.bind(key));
      const [choice] = listOf(event['choices']);
      const delta = memberOf(choice, 'delta');
      for (const piece of listOf(memberOf(delta, 'tool_calls'))) growCall(calls, piece);
      return {
        piece: textOf(memberOf(delta, 'content')),
        isLast: textOf(memberOf(choice, 'finish_reason')) !== '',
      };
    };
    return yield* gatherAnswer(readEvents(stream, signal), { read, calls, lastSign: 'a finish_reason' });
  }

  #body({ system, turns, tools }: ModelRequest): JsonObject {
    return {
      model: this.agent.model,
      stream: true,
      max_tokens: this.agent.maxTokens,
      messages: [{ role: 'system', content: system }, ...turns.flatMap(toMessages)],
      ...(tools.length === 0 ? {} : { tools: tools.map(toTool) }),
    };
  }
}

function toMessages(turn: Turn): JsonObject[] {
  if (turn.role === 'user') return [{ role: 'user', content: turn.text }];
  if (turn.role === 'tools')
    return turn.answers.map(({ id, text }) => ({ role: 'tool', tool_call_id: id, content: text }));
  const calls = turn.toolCalls.map(({ id, name, args }) => ({
    id,
    type: 'function',
    function: { name, arguments: args },
  }));
  return [{ role: 'assistant', content: turn.text, ...(calls.length === 0 ? {} : { tool_calls: calls }) }];
}

function toTool({ name, description, parameters }: OfferedTool): JsonObject {
  return { type: 'function', function: { name, description, parameters } };
}

function growCall(calls: GrowingCalls, piece: JsonValue): void {
  const made = memberOf(piece, 'function');
  const index = memberOf(piece, 'index');
  calls.grow(typeof index === 'number' ? index : 0, {
    id: textOf(memberOf(piece, 'id')),
    name: textOf(memberOf(made, 'name')),
    args: textOf(memberOf(made, 'arguments')),
  });
}

function refuseError(event: JsonObject, redact: (text: string) => string): void {
  if (event['error'] === undefined) return;
  const said = textOf(memberOf(event['error'], 'message'));
  throw new ModelError('model_unavailable', `the model's server gave up: ${redact(said)}; try again later`);
}

function listOf(value: JsonValue | undefined): JsonValue[] {
  return Array.isArray(value) ? value : [];
}
