import type { IncomingHttpHeaders } from 'node:http';
import type { JsonObject, JsonValue } from '@agentnet/protocol';
import { memberOf, textOf } from '../providers/read-events.js';
import type { Answer, Prompt } from './model.js';

/** One API as a server sees it. */
export interface Api {
  readonly path: string;
  keyOf(headers: IncomingHttpHeaders): string;
  read(body: JsonObject): Prompt;
  /** The answer as server-sent events. */
  write(answer: Answer): string[];
}

const openai: Api = {
  path: '/v1/chat/completions',
  keyOf: ({ authorization = '' }) => authorization.replace(/^Bearer /, ''),
  read(body) {
    const messages = listOf(body['messages']);
    const last = messages.at(-1);
    const role = memberOf(last, 'role') === 'tool' ? 'tool' : 'user';
    return {
      system: textOf(memberOf(messages[0], 'content')),
      last: { role, text: textOf(memberOf(last, 'content')) },
      tools: listOf(body['tools']).map((tool) => textOf(memberOf(memberOf(tool, 'function'), 'name'))),
      body,
    };
  },
  write({ text = '', toolCalls = [] }) {
    const delta = (value: JsonObject): JsonObject => ({ choices: [{ index: 0, delta: value, finish_reason: null }] });
    const calls = toolCalls.flatMap(({ name, args }, index) => [
      delta({ tool_calls: [{ index, id: `call_${index}`, type: 'function', function: { name, arguments: '' } }] }),
      ...pieces(args).map((piece) => delta({ tool_calls: [{ index, function: { arguments: piece } }] })),
    ]);
    const end = { choices: [{ index: 0, delta: {}, finish_reason: calls.length > 0 ? 'tool_calls' : 'stop' }] };
    const events = [...pieces(text).map((content) => delta({ content })), ...calls, end];
    return [...events.map((event) => `data: ${JSON.stringify(event)}\n\n`), 'data: [DONE]\n\n'];
  },
};

const claude: Api = {
  path: '/v1/messages',
  keyOf: ({ 'x-api-key': key }) => (typeof key === 'string' ? key : ''),
  read(body) {
    const content = memberOf(listOf(body['messages']).at(-1), 'content');
    const answered = listOf(content).at(-1);
    return {
      system: textOf(body['system']),
      last: answered
        ? { role: 'tool', text: textOf(memberOf(answered, 'content')) }
        : { role: 'user', text: textOf(content) },
      tools: listOf(body['tools']).map((tool) => textOf(memberOf(tool, 'name'))),
      body,
    };
  },
  write({ text = '', toolCalls = [] }) {
    const said = pieces(text).map((piece) => blockDelta(0, { type: 'text_delta', text: piece }));
    const calls = toolCalls.flatMap(({ name, args }, order) => {
      const index = order + 1;
      const block = { type: 'tool_use', id: `toolu_${index}`, name, input: {} };
      const grown = pieces(args).map((piece) => blockDelta(index, { type: 'input_json_delta', partial_json: piece }));
      return [{ type: 'content_block_start', index, content_block: block }, ...grown];
    });
    const events: JsonObject[] = [
      { type: 'message_start' },
      { type: 'ping' },
      ...said,
      ...calls,
      { type: 'message_stop' },
    ];
    return events.map((event) => `event: ${textOf(event['type'])}\ndata: ${JSON.stringify(event)}\n\n`);
  },
};

export const apis: readonly Api[] = [openai, claude];

function blockDelta(index: number, delta: JsonObject): JsonObject {
  return { type: 'content_block_delta', index, delta };
}

/** A text in pieces of a few characters, as models give it. */
function pieces(text: string): string[] {
  return text.match(/[\s\S]{1,12}/g) ?? [];
}

function listOf(value: JsonValue | undefined): JsonValue[] {
  return Array.isArray(value) ? value : [];
}
