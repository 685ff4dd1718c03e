import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { RegistryClient } from '@agentnet/protocol';
import { connect, natsTransport } from '@agentnet/sdk/transport';
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest';
import { type AgentnetProcess, agentnet, startAgentnet } from '../agentnet-process.js';
import { eventually } from '../eventually.js';

// The built-in database takes seconds to make, longer on a busy machine.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 120_000 });

/** A token that is nobody else's: it must be in no output. */
const env = { AGENTNET_TOKEN: 'a-secret-of-these-tests' };

let folder = '';
let network: AgentnetProcess;
let natsUrl = '';

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'agentnet-tui-'));
  network = startAgentnet(['up', '--demo', '--json', '--port', '0', '--data-dir', folder], { env });
  natsUrl = (await network.event('ready')).nats_url;
  await network.event('next');
});

afterAll(async () => {
  network.child.kill('SIGTERM');
  await network.exitCode();
  await rm(folder, { recursive: true, force: true });
});

async function run(...args: string[]) {
  const result = await agentnet(args, { env: { ...env, NATS_URL: natsUrl } });
  expect(result.output + result.errors).not.toContain(env.AGENTNET_TOKEN);
  return result;
}

async function runJson(...args: string[]) {
  const { code, output, errors } = await run(...args, '--json');
  expect({ code, errors }).toEqual({ code: 0, errors: '' });
  return JSON.parse(output);
}

/** History is written shortly after the fact. */
const messagesOf = (threadId: string, count: number) =>
  eventually(async () => {
    const reply = await runJson('thread-messages', '--thread-id', threadId);
    return reply.messages.length === count ? reply.messages : undefined;
  });

describe('given the demo agents', () => {
  test('when listed, then both are there, as a table and as JSON with the same facts', async () => {
    const { agents } = await runJson('list');
    const calculator = agents.find(({ username }: { username: string }) => username === 'calculator');
    expect(calculator.capabilities).toEqual(['calculator']);
    const { code, output } = await run('list');
    expect(code).toBe(0);
    expect(output).toMatch(/^USERNAME +NAME +CAPABILITIES +ACCOUNT +LAST SEEN\n/);
    expect(output).toContain(calculator.account_id);
    expect(output).toContain('@echo');
  });

  test('when searched by capability, then the calculator is found', async () => {
    const { results } = await runJson('search', '--capability', 'calculator', '--online-only');
    expect(results).toMatchObject([{ username: 'calculator', online: true }]);
    expect((await run('search', '--query', 'calc')).output).toContain('@calculator');
  });

  test('when a profile is asked for, then it is shown with its session', async () => {
    const { profile } = await runJson('profile', '--username', '@Echo');
    expect(profile).toMatchObject({ username: 'echo', online: true });
    expect((await run('profile', '--account-id', profile.account_id)).output).toMatch(/^username +@echo\n/);
  });
});

describe('given a message to echo', () => {
  test('when sent, then it is accepted, joins its thread, and this person has one account however often', async () => {
    const first = await runJson('send', '--to-username', 'echo', '--thread-id', 'ops_1', '{"text":"hello"}');
    expect(first).toMatchObject({ status: 'accepted', thread_id: 'ops_1' });
    const second = await run('send', '--to-username', 'echo', '--thread-id', 'ops_1', '[1,2]');
    expect(second).toMatchObject({ code: 0, output: expect.stringMatching(/^accepted [0-9a-f]{32} /) });
    const messages = await messagesOf('ops_1', 2);
    expect(messages.map(({ payload }: { payload: unknown }) => payload)).toEqual([[1, 2], { text: 'hello' }]);
    expect(new Set(messages.map((message: { from_account_id: string }) => message.from_account_id)).size).toBe(1);
  });

  test('when sent with --no-ack, then it does not wait for a receipt', async () => {
    expect(await runJson('send', '--no-ack', '--to-username', 'echo', '7')).toMatchObject({ status: 'sent' });
  });

  test('when sent, then its sender says goodbye', async () => {
    const before = await runJson('list');
    await run('send', '--to-username', 'echo', '1');
    expect((await runJson('list')).agents).toHaveLength(before.agents.length);
  });
});

describe('given a request', () => {
  test('when sent by username, then the reply is printed', async () => {
    const { code, output } = await run('request', '--to-username', 'echo', '{"text":"hé"}');
    expect(code).toBe(0);
    expect(JSON.parse(output)).toEqual({ text: 'hé' });
  });

  test('when sent by account and by capability, then the reply is printed', async () => {
    const { profile } = await runJson('profile', '--username', 'calculator');
    const sum = '{"action":"add","x":19,"y":23}';
    expect(await runJson('request', '--to-account', profile.account_id, sum)).toMatchObject({
      payload: { result: 42 },
    });
    expect(await runJson('request', '--to-capability', 'calculator', sum)).toMatchObject({ payload: { result: 42 } });
  });

  test('when the calculator does not understand it, then its explanation is printed', async () => {
    const reply = await runJson('request', '--to-capability', 'calculator', '{"action":"sing"}');
    expect(reply.payload).toMatchObject({ error: 'bad_request', detail: 'action must be "add"' });
  });

  test('when nobody has the username, then it ends with not_found and exit code 2', async () => {
    const { code, errors } = await run('request', '--to-username', 'nobody', '{}', '--json');
    expect(code).toBe(2);
    expect(JSON.parse(errors)).toMatchObject({ error: { code: 'not_found' } });
  });

  test('when nobody offers the capability, then it fails soon', async () => {
    const { code, errors } = await run('request', '--to-capability', 'nothing', '{}');
    expect(code).toBe(2);
    expect(errors).toContain('error: [recipient_offline]');
  });
});

describe('given the thread of the demo', () => {
  test('when listed, shown and measured, then table and JSON tell the same', async () => {
    const { results } = await runJson('threads', '--participant-username', 'echo', '--query', 'demo_');
    const [{ thread_id, message_count }] = results;
    expect(message_count).toBe(5);
    expect((await run('threads')).output).toContain(thread_id);
    const table = (await run('thread-messages', '--thread-id', thread_id)).output.split('\n');
    expect(table).toHaveLength(6);
    expect(table.at(-1)).toContain('{"result":42}');
    expect(await runJson('thread-status', '--thread-id', thread_id)).toMatchObject({ thread_id, message_count: 5 });
    expect((await run('thread-status', '--thread-id', thread_id)).output).toMatch(/messages +5 /);
  });

  test('when paged, then the cursor leads on and a bad one is refused', async () => {
    const { results } = await runJson('threads', '--query', 'demo_');
    const thread = ['thread-messages', '--thread-id', results[0].thread_id, '--limit', '3'];
    const first = await runJson(...thread);
    const second = await runJson(...thread, '--cursor', first.next_cursor);
    expect([first.messages.length, second.messages.length, second.next_cursor]).toEqual([3, 2, null]);
    expect((await run(...thread)).errors).toContain(`There is more: add --cursor ${first.next_cursor}`);
    expect((await run(...thread, '--cursor', 'rubbish')).code).toBe(1);
  });
});

test('given a token of its own, when the network has told everything, then the token is not in it and is demanded of others', async () => {
  expect(network.output() + network.errors()).not.toContain(env.AGENTNET_TOKEN);
  const { code, errors } = await agentnet(['list', '--nats-url', natsUrl.replace('//', '//wrong-secret@')]);
  expect(code).toBe(2);
  expect(errors).toContain('error: [authorization_failed]');
  expect(errors).not.toContain('wrong-secret');
});

test('given an agent with a hostile display name, when listed, then no escape sequence reaches the terminal', async () => {
  const connection = await connect({ url: natsUrl.replace('//', `//${env.AGENTNET_TOKEN}@`) });
  onTestFinished(() => connection.close());
  const registry = new RegistryClient(natsTransport(connection));
  const name = '\u001b]52;c;aGk=\u0007\u001b[2J\u202eevil\u200b';
  const session = await registry.register({ agent_id: 'hostile', username: 'hostile', name });
  registry.hello({ agent_id: 'hostile', session_tag: session.session_tag, name });
  const table = await run('list');
  expect(table.output).toMatch(/@hostile +evil /);
  const json = await run('list', '--json');
  for (const { output } of [table, json]) expect(output).not.toMatch(/(?!\n)[\p{Cc}\p{Cf}]/u);
  expect(JSON.parse(json.output).agents.some((agent: { name: string }) => agent.name === name)).toBe(true);
});

test('given a reader that leaves early, when a command prints, then it ends without complaint', async () => {
  const listing = startAgentnet(['list'], { env: { ...env, NATS_URL: natsUrl } });
  listing.child.stdout?.destroy();
  expect(await listing.exitCode()).toBe(0);
  expect(listing.errors()).toBe('');
});
