import { databases } from '@agentnet/contract-tests/harness/databases';
import { eventually } from '@agentnet/contract-tests/harness/eventually';
import { uniqueName } from '@agentnet/contract-tests/harness/message-builder';
import { useNetwork } from '@agentnet/contract-tests/harness/network';
import { limits, tools } from '@agentnet/protocol';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AgentSDK, type JsonObject } from '../src/index.js';

const [pglite] = databases();
if (!pglite) throw new Error('there is no embedded database to test on');
const network = useNetwork(pglite);
let oracle: AgentSDK;
let model: AgentSDK;

beforeAll(async () => {
  const natsUrl = network().nats.url;
  oracle = new AgentSDK({ agentId: uniqueName('oracle'), capabilities: ['say'], natsUrl, onError: () => undefined });
  oracle.onMessage(({ payload, reply_to }, { reply }) => {
    if ((payload as { text: string }).text === 'fail') throw new Error('a secret');
    if (reply_to !== undefined) return reply({ text: 'It rains.' });
  });
  await oracle.start();
  model = await AgentSDK.open({ agentId: uniqueName('model'), natsUrl });
});

afterAll(async () => {
  await Promise.all([oracle.close(), model.close()]);
});

/** The result of a call that succeeds. */
async function resultOf(name: string, args: JsonObject | string = {}): Promise<JsonObject> {
  const outcome = await model.callTool(name, args);
  expect(outcome).toMatchObject({ ok: true });
  return (outcome as unknown as { result: JsonObject }).result;
}

describe('definitions', () => {
  it('given both formats, when the tools are described, then they say the same in the words of each API', () => {
    const openai = model.toolDefinitions('openai');
    const anthropic = model.toolDefinitions('anthropic');
    expect(openai.map((tool) => tool.function.name)).toEqual([
      'list_online',
      'search_agents',
      'get_profile',
      'ask',
      'send',
      'list_threads',
      'thread_messages',
      'search_messages',
    ]);
    for (const [index, tool] of openai.entries()) {
      const { name, description, parameters } = tool.function;
      expect(tool.type).toBe('function');
      expect(anthropic[index]).toEqual({ name, description, input_schema: parameters });
    }
  });

  it('given a tool, when its parameters are read, then they are one self-contained schema from the spec', () => {
    const [ask] = model.toolDefinitions('anthropic').filter(({ name }) => name === 'ask');
    expect(ask?.input_schema).toEqual({
      type: 'object',
      properties: {
        to: {
          type: 'string',
          minLength: 1,
          maxLength: limits.nameMaxLength,
          description: 'Whom to ask: `@name`, `acct_…`, or `capability:<name>` for any agent that offers it.',
        },
        text: { type: 'string', minLength: 1, description: 'The question.' },
        thread_id: {
          type: 'string',
          maxLength: limits.idMaxLength,
          description: 'The conversation to continue; leave it out to begin one.',
        },
      },
      required: ['to', 'text'],
      additionalProperties: false,
    });
    expect(JSON.stringify(tools)).not.toContain('$ref');
  });

  it('given definitions, when a caller changes them, then the next ones are untouched', () => {
    const [first] = model.toolDefinitions('anthropic');
    if (first) first.input_schema['type'] = 'changed';
    expect(model.toolDefinitions('anthropic')[0]?.input_schema['type']).toBe('object');
  });

  it('given another format, when the tools are wanted, then it is refused', () => {
    expect(() => model.toolDefinitions('gemini' as never)).toThrow(expect.objectContaining({ code: 'invalid_option' }));
  });
});

describe('calls', () => {
  it('given a model that finds, asks, tells and reads, when it makes the calls, then each result is JSON it can use', async () => {
    const { agents } = await resultOf('search_agents', { query: oracle.node.username, capability: 'say' });
    expect(agents).toEqual([expect.objectContaining({ username: oracle.node.username, online: true })]);
    expect((await resultOf('list_online'))['agents']).toContainEqual(
      expect.objectContaining({ username: oracle.node.username, capabilities: ['say'] }),
    );
    const profile = await resultOf('get_profile', { target: `@${oracle.node.username}` });
    expect(profile['account_id']).toBe(oracle.node.accountId);
    const answer = await resultOf(
      'ask',
      JSON.stringify({ to: 'capability:say', text: 'Will it rain?', thread_id: null }),
    );
    expect(answer).toMatchObject({ text: 'It rains.', from_account_id: oracle.node.accountId });
    const threadId = String(answer['thread_id']);
    const sent = await resultOf('send', {
      to: oracle.node.accountId,
      text: 'Thanks.',
      thread_id: threadId,
      until: 'processed',
    });
    expect(sent).toMatchObject({ thread_id: threadId, status: 'processed' });
    const { messages } = await eventually(() => resultOf('thread_messages', { thread_id: threadId }), {
      until: (read) => (read['messages'] as JsonObject[]).length === 3,
    });
    expect(messages).toContainEqual(expect.objectContaining({ kind: 'direct', payload: { text: 'Thanks.' } }));
    const found = await resultOf('search_messages', { thread_id: threadId, kind: 'request', limit: 1 });
    expect(found['messages']).toHaveLength(1);
    const listed = await resultOf('list_threads', { participant_username: model.node.username });
    expect(listed['threads']).toContainEqual(expect.objectContaining({ thread_id: threadId }));
  });

  it('given more rows than wanted, when a model pages, then the cursor leads on', async () => {
    const first = await resultOf('list_online', { limit: 1 });
    const second = await resultOf('list_online', { limit: 1, cursor: String(first['next_cursor']) });
    expect(second['agents']).not.toEqual(first['agents']);
  });

  for (const [what, name, args, error] of [
    ['an unknown tool', 'fly', {}, { code: 'unknown_tool', detail: expect.stringContaining('search_agents') }],
    ['an inherited name', 'toString', {}, { code: 'unknown_tool' }],
    ['no text', 'ask', { to: '@a' }, { code: 'invalid_arguments', detail: expect.stringContaining("'text'") }],
    ['a wrong type', 'ask', { to: 7, text: 'yo' }, { code: 'invalid_arguments', detail: 'ask: to must be string' }],
    [
      'a misspelt argument',
      'send',
      { to: '@a', text: 'yo', untill: 'processed' },
      { detail: expect.stringContaining('untill') },
    ],
    ['a number as text', 'list_threads', { limit: '5' }, { detail: 'list_threads: limit must be integer' }],
    ['text that is no JSON', 'ask', '{to:', { code: 'invalid_arguments', retryable: false }],
    ['JSON that is no object', 'ask', '[]', { code: 'invalid_arguments' }],
    ['an unknown agent', 'ask', { to: '@nobody_here', text: 'yo' }, { code: 'not_found', retryable: false }],
    ['a made-up cursor', 'search_messages', { cursor: 'x' }, { code: 'cursor_invalid' }],
    ['a bad capability', 'ask', { to: 'capability:a b', text: 'yo' }, { code: 'invalid_target' }],
  ] as const) {
    it(`given ${what}, when the call is made, then the error comes back for the model to read`, async () => {
      expect(await model.callTool(name, args)).toMatchObject({ ok: false, error });
    });
  }

  it('given a handler that fails, when a model sends until processed, then it reads the remote code and that it may retry', async () => {
    const args = { to: oracle.node.accountId, text: 'fail', until: 'processed' };
    expect(await model.callTool('send', args)).toEqual({
      ok: false,
      error: {
        code: 'delivery_rejected',
        remote_code: 'handler_error',
        detail: expect.any(String),
        retryable: true,
      },
    });
  });
});
