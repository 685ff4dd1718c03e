import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { type DemoNetwork, startDemoNetwork } from '../demo-network.js';

// The built-in database takes seconds to make, longer on a busy machine.
vi.setConfig({ testTimeout: 90_000, hookTimeout: 180_000 });

let network: DemoNetwork;

beforeAll(async () => {
  network = await startDemoNetwork();
});
afterAll(() => network.stop());

describe('given two agents and one person who asks and tells both at once', () => {
  test('when the commands run side by side, then each gets its own reply or receipt, and all come from one account in sessions of their own', async () => {
    const seen: { account: string | undefined; session: string | undefined }[] = [];
    for (const username of ['left', 'right']) {
      await network.agent({ agentId: username, username }, async (message, context) => {
        seen.push({ account: message.from_account_id, session: message.from_session_tag });
        if (message.reply_to !== undefined) await context.reply({ from: username, echo: message.payload });
      });
    }
    const calls = ['left', 'right', 'left', 'right'].map(async (username, index) => {
      const sent = await network.json('send', '--to-username', username, `${index}`);
      const answer = await network.json('request', '--to-username', username, `${index}`);
      return { status: sent.status, payload: answer.payload };
    });
    expect(await Promise.all(calls)).toEqual(
      ['left', 'right', 'left', 'right'].map((from, echo) => ({ status: 'accepted', payload: { from, echo } })),
    );
    expect(new Set(seen.map(({ account }) => account)).size).toBe(1);
    expect(new Set(seen.map(({ session }) => session)).size).toBe(8);
    const { results } = await network.json('search', '--query', 'op-');
    expect(results).toHaveLength(1);
  });

  test('when AGENTNET_OPERATOR names somebody, then that is who they are', async () => {
    await network.run(['send', '--to-username', 'echo', '1'], { env: { AGENTNET_OPERATOR: 'night.shift' } });
    expect((await network.json('profile', '--username', 'night.shift')).profile.metadata).toEqual({ role: 'operator' });
  });
});

describe('given lines from a pipe', () => {
  const chat = (input: string, ...args: string[]) => network.run(['chat', '--to-username', 'echo', ...args], { input });

  test('when chatting, then each line is a message of the thread and each answer a line, until the input ends', async () => {
    const { code, output, errors } = await chat('one\n\n//two\nthree', '--thread-id', 'c_pipe');
    expect({ code, output }).toEqual({ code: 0, output: 'one\n/two\nthree' });
    expect(errors).toMatch(/^You are @op-\S+, in thread c_pipe with @echo\./);
    const recorded = await network.json('thread-status', '--thread-id', 'c_pipe');
    expect(recorded.message_count).toBeGreaterThan(0);
  });

  test('when commands are among them, then the thread changes, is shown, and /quit ends', async () => {
    const { code, output, errors } = await chat(
      '/showthread\n/thread c_other\nhi\n/thread\n/help\n/quit\nnever',
      '--thread-id',
      'c_one',
    );
    expect({ code, output }).toEqual({ code: 0, output: 'hi' });
    expect(errors).toMatch(/thread c_one\nthread c_other\nthread thread_[0-9a-f]{32}\n\/thread <id>/);
  });

  test('when run with --json, then joining, every delta, reply and thread is one event', async () => {
    const { output } = await chat('hi\n/thread c_2', '--thread-id', 'c_json', '--json');
    const events = output.split('\n').map((line) => JSON.parse(line));
    expect(events.map(({ event }) => event)).toEqual(['joined', 'sent', 'delta', 'reply', 'thread']);
    expect(events[3]).toMatchObject({ thread_id: 'c_json', text: 'hi', ms: expect.any(Number) });
  });

  test('when a line is no command or nobody answers, then that is told, the rest goes on, and the exit code is of the first failure', async () => {
    const { code, output, errors } = await chat('/nonsense\nstill here');
    expect({ code, output }).toEqual({ code: 1, output: 'still here' });
    expect(errors).toContain('error: [invalid_option] there is no command /nonsense');
    const nobody = await network.run(['chat', '--to-username', 'nobody'], { input: 'hello\n' });
    expect(nobody.code).toBe(2);
    expect(nobody.errors).toContain('error: [not_found]');
  });
});

test('given an agent that answers in pieces, when asked in a chat, then the pieces are told as they come', async () => {
  let goOn: () => void = () => undefined;
  const asked = new Promise<void>((resolve) => {
    goOn = resolve;
  });
  await network.agent({ agentId: 'poet', username: 'poet' }, async (_message, context) => {
    await context.stream(
      (async function* () {
        yield 'Roses \u001b[2Jare ';
        await asked;
        yield 'red\nViolets';
      })(),
    );
  });
  const chat = network.start(['chat', '--to-username', 'poet', '--json'], { keepInput: true });
  await chat.event('joined');
  chat.child.stdin?.write('a poem\n');
  expect(await chat.event('delta')).toMatchObject({ text: 'Roses \u001b[2Jare ' });
  expect(chat.lines.some((line) => line.includes('"reply"'))).toBe(false);
  goOn();
  expect(await chat.event('reply')).toMatchObject({ text: 'Roses \u001b[2Jare red\nViolets' });
  expect(chat.output()).not.toContain('\u001b');
  chat.child.stdin?.end();
  expect(await chat.exitCode()).toBe(0);
  const words = await network.run(['chat', '--to-username', 'poet'], { input: 'again\n' });
  expect(words.output).toBe('Roses are red\nViolets');
});

test('given a chat that waits for an answer, when it is interrupted, then it ends with exit code 0 and its session says goodbye', async () => {
  await network.agent({ agentId: 'mute', username: 'mute' }, () => new Promise(() => undefined));
  const chat = network.start(['chat', '--to-username', 'mute', '--json'], {
    keepInput: true,
    env: { AGENTNET_OPERATOR: 'patient' },
  });
  await chat.event('joined');
  chat.child.stdin?.write('well?\n');
  await chat.event('sent');
  chat.child.kill('SIGINT');
  expect(await chat.exitCode()).toBe(0);
  expect(chat.lines.some((line) => line.includes('"error"'))).toBe(false);
  expect((await network.json('profile', '--username', 'patient')).profile.online).toBe(false);
});

test('given a message to the operator, when a chat is open, then it is shown and its sender gets a receipt', async () => {
  const chat = network.start(['chat', '--to-username', 'echo', '--json'], {
    keepInput: true,
    env: { AGENTNET_OPERATOR: 'on.call' },
  });
  await chat.event('joined');
  expect(await network.json('send', '--to-username', 'on.call', '{"text":"wake up"}')).toMatchObject({
    status: 'accepted',
  });
  expect(await chat.event('message')).toMatchObject({ text: 'wake up', from_agent: 'cli' });
  chat.child.stdin?.end();
  expect(await chat.exitCode()).toBe(0);
});
