import { encodeJson, subjects } from '@agentnet/protocol';
import { connect } from '@agentnet/sdk/transport';
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest';
import { findNatsServer } from '../../src/up/find-nats-server.js';
import { startNatsServer } from '../../src/up/nats-server.js';
import { type AgentnetProcess, agentnet, startAgentnet } from '../agentnet-process.js';
import { type DemoNetwork, startDemoNetwork } from '../demo-network.js';
import { tempFolder } from '../temp-folder.js';

// The built-in database takes seconds to make, longer on a busy machine.
vi.setConfig({ testTimeout: 90_000, hookTimeout: 180_000 });

let network: DemoNetwork;

beforeAll(async () => {
  network = await startDemoNetwork();
});
afterAll(() => network.stop());

/** A watch that listens. With --json it says nothing, so another one in words tells when a server has both. */
async function watching(...args: string[]): Promise<AgentnetProcess> {
  const watch = network.start(['watch', ...args]);
  await watch.line(/^Watching/);
  return watch;
}

const ask = (text: string, ...args: string[]) =>
  network.json('request', '--to-username', 'echo', JSON.stringify({ text }), ...args);

describe('given a watch', () => {
  test('when a request is answered, then request and reply are lines with usernames, the reply stands for the receipts, and nobody missed anything', async () => {
    const watch = await watching('--include-payload', '--max-messages', '2');
    const second = await watching('--max-messages', '1');
    const { payload, thread_id } = await ask('over here');
    expect(payload).toEqual({ text: 'over here' });
    expect([await watch.exitCode(), await second.exitCode()]).toEqual([0, 0]);
    const [request, reply] = watch.lines;
    expect(request).toMatch(/^\d\d:\d\d:\d\d\.\d{3} request +@op-\S+ → @echo .* over here$/);
    expect(request).toContain(thread_id);
    expect(reply).toMatch(/ reply +@echo → @op-\S+ .* processed .*over here$/);
  });

  test('when a message is handled, then message and receipts are lines with usernames', async () => {
    const watch = await watching('--max-messages', '3');
    await network.json('send', '--to-username', 'echo', '{"text":"heard?"}');
    expect(await watch.exitCode()).toBe(0);
    const receipts = watch.lines.filter((line) => / receipt +@echo → @op-\S+ .* (accepted|processed)$/.test(line));
    expect(receipts).toHaveLength(2);
  });

  test('when filtered, then only what fits is shown, without payloads unless asked', async () => {
    const watch = await watching('from:@echo', 'kind:reply', '--max-messages', '1');
    await ask('secret text');
    await watch.exitCode();
    expect(watch.lines).toHaveLength(1);
    expect(watch.output()).toMatch(/ reply +@echo → /);
    expect(watch.output()).not.toContain('secret text');
  });

  test('when stopped with Ctrl-C, then it ends with exit code 0 and has printed whole lines only', async () => {
    const watch = await watching();
    await ask('before the end');
    await watch.line(/ reply /);
    watch.child.kill('SIGINT');
    expect(await watch.exitCode()).toBe(0);
    expect(watch.errors()).toBe('Watching. Ctrl-C ends it.');
  });

  test('when its reader leaves, then it ends without complaint', async () => {
    const watch = await watching();
    watch.child.stdout?.destroy();
    await ask('nobody reads');
    await ask('nobody reads');
    expect(await watch.exitCode()).toBe(0);
  });

  test('when another subject is named, then what passes there is shown', async () => {
    const watch = await watching('--subject', 'weather.>', '--max-messages', '1', '--include-payload');
    const connection = await connect({ url: network.natsUrl });
    onTestFinished(() => connection.close());
    connection.publish('weather.berlin', 'rain');
    await watch.exitCode();
    expect(watch.output()).toMatch(/ other +weather\.berlin \(4 bytes\) rain$/);
  });
});

describe('given a watch for programs', () => {
  test('when run with --json, then every line is an object with the facts of the table', async () => {
    const watch = network.start(['watch', '--json', '--include-payload', 'thread:w_json']);
    const words = await watching('thread:w_json');
    await ask('first', '--thread-id', 'w_json');
    await words.line(/ reply /);
    await watch.line(/"reply"/);
    // Whoever was slow to subscribe hears the second one for certain.
    await ask('second', '--thread-id', 'w_json');
    const reply = JSON.parse(await watch.line(/"kind":"reply".*second/));
    const all = watch.lines.map((line) => JSON.parse(line));
    const request = all.find(({ message_id }) => message_id === reply.parent_message_id && message_id !== null);
    expect(request).toMatchObject({
      type: 'message',
      kind: 'request',
      thread_id: 'w_json',
      to_username: 'echo',
      from_agent: 'cli',
      payload: { text: 'second' },
    });
    expect(reply).toMatchObject({ from_username: 'echo', parent_status: 'processed' });
    expect(request).toMatchObject({ parent_status: null });
    await network.json('send', '--to-username', 'echo', '{"text":"third"}', '--thread-id', 'w_json');
    expect(JSON.parse(await watch.line(/"status":"processed"/))).toMatchObject({
      type: 'receipt',
      from_username: 'echo',
      code: null,
    });
    watch.child.kill('SIGINT');
    expect(await watch.exitCode()).toBe(0);
    expect(watch.errors()).toBe('');
  });

  test('when run with --raw, then the bodies are printed digit for digit', async () => {
    const watch = await watching('--raw', '--max-messages', '1', 'thread:w_raw');
    const connection = await connect({ url: network.natsUrl });
    onTestFinished(() => connection.close());
    const body = '{"message_id":"raw1","payload":{"n": 1.0, "big": 12345678901234567890},\n "thread_id":"w_raw"}';
    connection.publish(subjects.accountInbox('acct_nobody'), body);
    await watch.exitCode();
    expect(watch.output()).toBe(body.replace('\n', ' '));
  });
});

describe('given hostile text on the network', () => {
  const evil = '\u001b]52;c;aGk=\u0007\u001b[2J\u202eevil\u200b\u009b2J';

  test.each([
    ['words', ['--include-payload']],
    ['JSON', ['--include-payload', '--json']],
    ['raw bodies', ['--raw']],
    ['raw bodies in JSON', ['--raw', '--json']],
  ])('when watched as %s, then no escape sequence reaches the terminal', async (_how, args) => {
    const watch = network.start(['watch', ...args, 'thread:*evil*', '--max-messages', '2']);
    const ready = await watching('--max-messages', '1', '--subject', 'ready');
    const connection = await connect({ url: network.natsUrl });
    onTestFinished(() => connection.close());
    const message = {
      message_id: `m${evil}`,
      from_agent: evil,
      thread_id: `t evil ${evil}`,
      kind: `x${evil}`,
      payload: { [evil]: evil },
    };
    const receipt = { ...message, status: `rejected${evil}`, code: evil, detail: evil };
    connection.publish('ready');
    await ready.exitCode();
    // The watch under test may need a moment longer to listen.
    for (let round = 0; watch.lines.length === 0 && round < 200; round++) {
      connection.publish(subjects.accountInbox('acct_x'), encodeJson(message));
      connection.publish(subjects.accountReceipts('acct_x'), encodeJson(receipt));
      await connection.flush();
      await network.run(['contexts']);
    }
    expect(await watch.exitCode()).toBe(0);
    expect(watch.lines).toHaveLength(2);
    for (const text of [watch.output(), watch.errors()]) {
      expect(text).toContain(text === watch.output() ? 'evil' : '');
      expect(text).not.toMatch(/(?!\n)[\p{Cc}\p{Cf}]/u);
    }
  });

  test('when it is in a filter or a thread name, then refusing it prints nothing dangerous', async () => {
    const { code, errors } = await network.run(['watch', `colour:${evil}`]);
    expect(code).toBe(1);
    expect(errors).not.toMatch(/(?!\n)[\p{Cc}\p{Cf}]/u);
  });
});

test('given a NATS server without registry, when watched, then that is said and traffic is shown all the same', async () => {
  const server = await startNatsServer(findNatsServer(process.env), {
    host: '127.0.0.1',
    port: 0,
    token: 't',
    dataDir: await tempFolder(),
  });
  onTestFinished(() => server.stop());
  const natsUrl = `nats://t@127.0.0.1:${server.port}`;
  const watch = startAgentnet(['watch', '--max-messages', '1', '--nats-url', natsUrl]);
  await watch.line(/^Watching/);
  expect(watch.errors()).toContain('Usernames are not known: [registry_unavailable]');
  const connection = await connect({ url: natsUrl });
  onTestFinished(() => connection.close());
  connection.publish(subjects.accountInbox('acct_b'), encodeJson({ message_id: 'm1', from_account_id: 'acct_a' }));
  expect(await watch.exitCode()).toBe(0);
  expect(watch.output()).toContain(' direct    acct_a → ?');
});

test.each([
  ['a filter that cannot be read', ['form:@a'], 'form:@a\n^^^^'],
  ['a subject with a space', ['--subject', 'a b'], '--subject must be a NATS subject'],
  ['no lines at all', ['--max-messages', '0'], '--max-messages must be a whole number'],
])('given %s, when watched, then it is refused with exit code 1', async (_what, args, detail) => {
  const { code, errors } = await agentnet(['watch', ...args]);
  expect(code).toBe(1);
  expect(errors).toContain(detail);
});
