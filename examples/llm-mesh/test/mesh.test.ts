import { databases, eventually, uniqueName, useNetwork } from '@agentnet/contract-tests/harness';
import type { JsonValue } from '@agentnet/protocol';
import { type AgentNetError, AgentSDK } from '@agentnet/sdk';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { AgentConfig } from '../src/config/agent-config.js';
import { playDuo } from '../src/mesh/duo.js';
import { runMesh } from '../src/mesh/run-mesh.js';
import { type Answer, type Model, tinyModel } from '../src/model-server/model.js';
import { startModelServer } from '../src/model-server/model-server.js';

const [embedded] = databases();
if (!embedded) throw new Error('there is always an embedded database');
const network = useNetwork(embedded);
const key = 'sk-mesh-secret';

function anAgent(changes: Partial<AgentConfig> = {}): AgentConfig {
  return {
    name: uniqueName('llm').replaceAll('-', '_'),
    prompt: 'You are a guide.',
    provider: 'openai',
    model: 'm',
    keyEnv: 'MODEL_KEY',
    baseUrlEnv: 'MODEL_URL',
    capabilities: [],
    tools: [],
    maxTokens: 64,
    budget: { hops: 3, turns: 8 },
    ...changes,
  };
}

async function stage(model: Model, ...agents: AgentConfig[]) {
  const server = await startModelServer({ model, key });
  onTestFinished(() => server[Symbol.asyncDispose]());
  const failures: AgentNetError[] = [];
  const natsUrl = network().nats.url;
  const mesh = await runMesh({
    agents,
    natsUrl,
    environment: { MODEL_KEY: key, MODEL_URL: `${server.url}/v1` },
    onError: (_agent, error) => failures.push(error),
    pause: async () => {},
  });
  onTestFinished(() => mesh.close());
  const person = await AgentSDK.open({ agentId: uniqueName('person'), natsUrl });
  onTestFinished(() => person.close());
  return { server, failures, person };
}

const call = (name: string, args: JsonValue): Answer => ({ toolCalls: [{ name, args: JSON.stringify(args) }] });

describe('agents made of models', () => {
  test('given an agent with tools and a specialist, when it is asked about rivers, then it asks the specialist over the network', async () => {
    const guide = anAgent({ tools: ['search_agents', 'ask'] });
    const geographer = anAgent({ provider: 'claude', capabilities: ['geography'] });
    const { person } = await stage(tinyModel, guide, geographer);
    const answer = await person.askText(`@${guide.name}`, 'What about the Danube?');
    expect(answer.payload).toEqual({
      text: 'I was told: The Danube flows through ten countries, more than any other river.',
      turns_used: 3,
    });
  });

  test('given two questions in a thread, when the second is asked, then the model is told of the first; another sender is not', async () => {
    const agent = anAgent();
    const { person, server } = await stage(tinyModel, agent);
    const thread = person.thread();
    await thread.askText(`@${agent.name}`, 'one');
    await thread.askText(`@${agent.name}`, 'two');
    const other = await AgentSDK.open({ agentId: uniqueName('other'), natsUrl: network().nats.url });
    await other
      .thread(thread.id)
      .askText(`@${agent.name}`, 'three')
      .finally(() => other.close());
    expect(server.requests.map(({ messages }) => (messages as JsonValue[]).length)).toEqual([2, 4, 2]);
  });

  test('given a question that wants a stream, when the model answers, then its pieces arrive', async () => {
    const agent = anAgent();
    const { person } = await stage(() => ({ text: 'a stream of words' }), agent);
    const answer = person.askStream(`@${agent.name}`, { text: 'go', stream: true });
    let heard = '';
    for await (const delta of answer) heard += delta;
    expect(heard).toBe('a stream of words');
  });

  test('given the history, when a model searches it, then it reads what was said', async () => {
    const agent = anAgent({ tools: ['search_messages'] });
    const { person } = await stage(
      ({ last }) =>
        last.role === 'tool' ? { text: last.text } : call('search_messages', { thread_id: last.text, kind: 'direct' }),
      agent,
    );
    const thread = person.thread();
    await thread.sendText(`@${agent.name}`, 'remember the lighthouse');
    await eventually(async () => (await thread.messages()).messages.length, { until: (count) => count > 0 });
    expect((await person.askText(`@${agent.name}`, thread.id)).text).toContain('remember the lighthouse');
  });
});

describe('what a model does wrong', () => {
  test.each([
    ['a tool it may not use', { name: 'send', args: '{"to":"@x","text":"y"}' }, 'tool_not_allowed'],
    ['a tool nobody has', { name: 'shell', args: '{}' }, 'tool_not_allowed'],
    ['arguments that are no JSON', { name: 'ask', args: '{"to": ' }, 'invalid_arguments'],
    ['arguments that lack a field', { name: 'ask', args: '{"to":"@x"}' }, 'invalid_arguments'],
    ['an agent that does not exist', { name: 'ask', args: '{"to":"@nobody_at_all","text":"y"}' }, 'not_found'],
  ])('given %s, when it asks for that, then it reads the error and goes on', async (_fault, wanted, code) => {
    const agent = anAgent({ tools: ['ask'] });
    const model: Model = ({ last }) => (last.role === 'tool' ? { text: last.text } : { toolCalls: [wanted] });
    const { person } = await stage(model, agent);
    expect((await person.askText(`@${agent.name}`, 'go')).text).toContain(`"error":"${code}"`);
  });

  test('given a model that is away, when its agent is asked, then the asker gets handler_error and no secret', async () => {
    const agent = anAgent();
    const { person, failures } = await stage(() => ({ status: 500 }), agent);
    const failure = await person.askText(`@${agent.name}`, 'go').catch((cause: unknown) => cause);
    expect(failure).toMatchObject({ code: 'handler_error' });
    expect(String((failure as Error).message)).not.toMatch(/127\.0\.0\.1|sk-mesh/);
    expect(failures.map(({ cause }) => (cause as { code?: string }).code)).toEqual(['model_unavailable']);
  });

  test('given a payload without text, when it arrives, then the answer says what is understood and no model is asked', async () => {
    const agent = anAgent();
    const { person, server } = await stage(tinyModel, agent);
    const { payload } = await person.askJson(`@${agent.name}`, { words: 1 });
    expect(payload).toMatchObject({ error: 'bad_request', example: { text: 'hello' } });
    expect(server.requests).toEqual([]);
  });
});

describe('loops', () => {
  /** Asks the other of two agents for ever, as long as it has the tool. */
  function ring(first: AgentConfig, second: AgentConfig): Model {
    return ({ tools, system }) =>
      tools.includes('ask')
        ? call('ask', { to: `@${system === first.prompt ? second.name : first.name}`, text: 'and you?' })
        : { text: 'enough' };
  }

  test('given two agents that always ask each other, when the hops are spent, then the ring ends with an answer', async () => {
    const first = anAgent({ prompt: 'first', tools: ['ask'], budget: { hops: 3, turns: 50 } });
    const second = anAgent({ prompt: 'second', tools: ['ask'], budget: { hops: 16, turns: 256 } });
    const { person, server } = await stage(ring(first, second), first, second);
    const payload = (await person.askText(`@${first.name}`, 'start')).payload as { turns_used: number };
    expect(payload.turns_used).toBe(server.requests.length);
    expect(server.requests.length).toBeLessThanOrEqual(50);
  });

  test('given few turns, when two agents always ask each other, then no more models are called than that', async () => {
    const first = anAgent({ prompt: 'first', tools: ['ask'], budget: { hops: 16, turns: 5 } });
    const second = anAgent({ prompt: 'second', tools: ['ask'], budget: { hops: 16, turns: 256 } });
    const { person, server } = await stage(ring(first, second), first, second);
    await person.askText(`@${first.name}`, 'start');
    expect(server.requests.length).toBeLessThanOrEqual(5);
  });

  test('given a message that claims a huge budget, when it arrives, then the agent keeps to its own', async () => {
    const agent = anAgent({ tools: ['list_online'], budget: { hops: 1, turns: 3 } });
    const model: Model = ({ tools }) => (tools.length > 0 ? call('list_online', {}) : { text: 'done' });
    const { person, server } = await stage(model, agent);
    await person.askJson(`@${agent.name}`, { text: 'go', budget: { hops: 1e9, turns: 1e9 } });
    expect(server.requests).toHaveLength(3);
  });

  test('given two agents that send to each other without waiting, when they are started, then they fall silent', async () => {
    const first = anAgent({ prompt: 'first', tools: ['send'], budget: { hops: 16, turns: 8 } });
    const second = anAgent({ prompt: 'second', tools: ['send'], budget: { hops: 16, turns: 256 } });
    const model: Model = ({ tools, system, last }) =>
      tools.includes('send') && last.role === 'user'
        ? call('send', {
            to: `@${system === first.prompt ? second.name : first.name}`,
            text: 'you too?',
            until: 'processed',
          })
        : { text: 'enough' };
    const { person, server } = await stage(model, first, second);
    await person.sendText(`@${first.name}`, 'start', { until: 'processed' });
    expect(server.requests.length).toBeGreaterThan(2);
    expect(server.requests.length).toBeLessThanOrEqual(8);
  });
});

test('given two agents, when the duo plays three turns, then they answer each other in one thread and nothing rewrites the terminal', async () => {
  const first = anAgent({ prompt: 'You are first.' });
  const second = anAgent({ prompt: 'You are second.', provider: 'claude' });
  await stage(({ system, last }) => ({ text: `${system}\u001b[2J <${last.text.slice(-8)}>` }), first, second);
  let written = '';
  const natsUrl = network().nats.url;
  const speakers = [first.name, second.name] as const;
  const write = (text: string) => {
    written += text;
  };
  const thread = await playDuo({ natsUrl, speakers, opening: 'hello', turns: 3, write });
  expect(thread).toMatch(/^thread_sdk_/);
  expect(written.split('\n').map((line) => line.split(':')[0])).toEqual([first.name, second.name, first.name, '']);
  expect(written).not.toContain('\u001b');
});
