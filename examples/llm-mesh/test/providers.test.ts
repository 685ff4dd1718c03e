import { describe, expect, onTestFinished, test } from 'vitest';
import type { ProviderName } from '../src/config/agent-config.js';
import { Secret } from '../src/config/secret.js';
import { type Answer, type Model, type Prompt, tinyModel } from '../src/model-server/model.js';
import { startModelServer } from '../src/model-server/model-server.js';
import { ClaudeProvider } from '../src/providers/claude.js';
import { OpenAiProvider } from '../src/providers/openai.js';
import type { ModelAnswer, ModelRequest, Provider, ToolCall, Turn } from '../src/providers/provider.js';

const key = 'sk-test-key';
const providers = { openai: OpenAiProvider, claude: ClaudeProvider };
const names: readonly ProviderName[] = ['openai', 'claude'];

interface Called extends ModelAnswer {
  readonly pieces: readonly string[];
}

async function stage(name: ProviderName, model: Model, given = key) {
  const server = await startModelServer({ model, key });
  onTestFinished(() => server[Symbol.asyncDispose]());
  const pauses: number[] = [];
  const pause = async (ms: number): Promise<void> => void pauses.push(ms);
  const access = { baseUrl: new URL(server.url), key: new Secret(given) };
  return { server, pauses, provider: new providers[name]({ model: 'm', maxTokens: 64 }, access, pause) };
}

async function call(provider: Provider, changes: Partial<ModelRequest> = {}): Promise<Called> {
  const request = { system: 'Be brief.', turns: [says('hi')], tools: [], signal: new AbortController().signal };
  const told = provider.answer({ ...request, ...changes });
  const pieces: string[] = [];
  for (;;) {
    const { done, value } = await told.next();
    if (done) return { ...value, pieces };
    pieces.push(value);
  }
}

const says = (text: string): Turn => ({ role: 'user', text });
const always =
  (answer: Answer): Model =>
  () =>
    answer;
/** Answers one after the other; the last one for ever. */
function inTurn(...answers: Answer[]): Model {
  let next = 0;
  return () => answers[Math.min(next++, answers.length - 1)] ?? {};
}

describe.each(names)('a model behind %s', (name) => {
  test('given a long answer, when it is asked, then the text comes in pieces and whole at the end', async () => {
    const { provider } = await stage(name, always({ text: 'a text — with ünïcode in it 🙂, piece by piece' }));
    const { text, pieces, toolCalls } = await call(provider);
    expect([text, toolCalls]).toEqual(['a text — with ünïcode in it 🙂, piece by piece', []]);
    expect(pieces.length).toBeGreaterThan(2);
    expect(pieces.join('')).toBe(text);
  });

  test('given a system prompt, turns and tools, when they are sent, then the server reads what was meant', async () => {
    const prompts: Prompt[] = [];
    const { provider } = await stage(name, (prompt) => {
      prompts.push(prompt);
      return { text: 'ok' };
    });
    const toolCalls: ToolCall[] = [{ id: 'c1', name: 'look', args: '{"at":"it"}' }];
    const answers = [{ id: 'c1', text: '{"seen":1}', failed: false }];
    const turns: Turn[] = [says('hi'), { role: 'assistant', text: '', toolCalls }, { role: 'tools', answers }];
    const tools = [{ name: 'look', description: 'Looks.', parameters: { type: 'object' } }];
    await call(provider, { turns, tools });
    expect(prompts).toMatchObject([
      { system: 'Be brief.', last: { role: 'tool', text: '{"seen":1}' }, tools: ['look'] },
    ]);
    expect(prompts[0]?.body).toMatchObject({ model: 'm', max_tokens: 64, stream: true });
  });

  test('given two tool calls in pieces, when the answer is read, then names and arguments are whole', async () => {
    const args = JSON.stringify({ to: '@somebody', text: 'a question of some length' });
    const toolCalls = [
      { name: 'ask', args },
      { name: 'list_online', args: '{}' },
    ];
    const { provider } = await stage(name, always({ text: 'one moment', toolCalls }));
    const answer = await call(provider);
    expect(answer.toolCalls.map(({ name: tool, args: given }) => [tool, given])).toEqual([
      ['ask', args],
      ['list_online', '{}'],
    ]);
    expect(new Set(answer.toolCalls.map(({ id }) => id)).size).toBe(2);
  });

  test('given malformed arguments, when the answer is read and sent back, then they are handed on as they are and the call goes through', async () => {
    const { provider } = await stage(
      name,
      inTurn({ toolCalls: [{ name: 'ask', args: '{"to": ' }] }, { text: 'sorry' }),
    );
    const { toolCalls } = await call(provider);
    expect(toolCalls).toMatchObject([{ name: 'ask', args: '{"to": ' }]);
    const answers = [{ id: toolCalls[0]?.id ?? '', text: 'not JSON', failed: true }];
    const turns: Turn[] = [says('hi'), { role: 'assistant', text: '', toolCalls }, { role: 'tools', answers }];
    expect((await call(provider, { turns })).text).toBe('sorry');
  });

  test('given a wrong key, when the model is asked, then model_unauthorized says so once and without the key', async () => {
    const { provider, pauses } = await stage(name, tinyModel, 'sk-wrong');
    const failure = call(provider);
    await expect(failure).rejects.toMatchObject({ code: 'model_unauthorized' });
    await expect(failure).rejects.toThrow(/401: .*the key \[secret\] is wrong.*; check the key/);
    expect(pauses).toEqual([]);
  });

  test('given 429 with retry-after, when the model is asked, then it waits that long and asks again', async () => {
    const { provider, pauses } = await stage(name, inTurn({ status: 429, retryAfter: '7' }, { text: 'now' }));
    expect((await call(provider)).text).toBe('now');
    expect(pauses).toEqual([7000]);
  });

  test('given 429 with a retry-after of an hour, when the model is asked, then that is reported at once', async () => {
    const { provider, pauses } = await stage(name, always({ status: 429, retryAfter: '3600' }));
    await expect(call(provider)).rejects.toMatchObject({ code: 'model_rate_limited' });
    expect(pauses).toEqual([]);
  });

  test('given 500 for ever, when the model is asked, then four attempts with growing pauses end in model_unavailable', async () => {
    const { provider, pauses, server } = await stage(name, always({ status: 500 }));
    await expect(call(provider)).rejects.toMatchObject({ code: 'model_unavailable' });
    expect([server.requests.length, pauses]).toEqual([4, [500, 1000, 2000]]);
  });

  test('given 400, when the model is asked, then it is not asked again', async () => {
    const { provider, server } = await stage(name, always({ status: 400 }));
    await expect(call(provider)).rejects.toMatchObject({ code: 'model_refused' });
    expect(server.requests).toHaveLength(1);
  });

  test('given a stream that breaks, when it is read, then what came is given and model_answer_cut follows', async () => {
    const { provider, server } = await stage(name, always({ text: 'this answer breaks in its middle', cut: true }));
    await expect(call(provider)).rejects.toMatchObject({ code: 'model_answer_cut' });
    expect(server.requests).toHaveLength(1);
  });

  test('given no server, when the model is asked, then model_unavailable names the address', async () => {
    const { server, provider } = await stage(name, tinyModel);
    const { url } = server;
    await server[Symbol.asyncDispose]();
    await expect(call(provider)).rejects.toThrow(`no answer from ${url}; is the address right`);
  });

  test('given an aborted signal, when the model is asked, then the reason of the abort is thrown', async () => {
    const { provider } = await stage(name, tinyModel);
    await expect(call(provider, { signal: AbortSignal.abort(new Error('enough')) })).rejects.toThrow('enough');
  });
});
