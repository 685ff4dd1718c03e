import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { agentnet, type SpawnSettings } from '../agentnet-process.js';
import { type DemoNetwork, startDemoNetwork } from '../demo-network.js';
import { eventually } from '../eventually.js';
import { tempFolder } from '../temp-folder.js';

// The built-in database takes seconds to make, longer on a busy machine.
vi.setConfig({ testTimeout: 180_000, hookTimeout: 180_000 });

interface Told {
  args: readonly string[];
  /** What people read. */
  human: RegExp;
  /** What programs read: the documents, one a line. */
  json: unknown;
  input?: string;
}

const thread = 'every_command';
const toEcho = ['--to-username', 'echo', '--thread-id', thread];
const some = expect.anything();
const holding = (...items: unknown[]) => expect.arrayContaining(items);
const having = (fields: object) => expect.objectContaining(fields);

/** How each command is tried. */
const commands: Readonly<Record<string, Told>> = {
  list: {
    args: ['list'],
    human: /^USERNAME +NAME +CAPABILITIES [\s\S]*@echo /,
    json: [{ agents: holding(having({ username: 'echo', account_id: some })) }],
  },
  search: {
    args: ['search', '--capability', 'calculator'],
    human: /@calculator /,
    json: [having({ results: [having({ username: 'calculator', online: true })] })],
  },
  profile: {
    args: ['profile', '--username', 'echo'],
    human: /^username +@echo\n/,
    json: [having({ profile: having({ username: 'echo' }) })],
  },
  send: {
    args: ['send', ...toEcho, '{"text":"one way"}'],
    human: /^accepted [0-9a-f]{32} \(/,
    json: [having({ thread_id: thread, message_id: some })],
  },
  request: {
    args: ['request', ...toEcho, '{"text":"is it you?"}'],
    human: /is it you\?/,
    json: [having({ thread_id: thread, payload: { text: 'is it you?' } })],
  },
  threads: {
    args: ['threads', '--query', thread],
    human: new RegExp(`^THREAD [^\\n]*\\n${thread} `),
    json: [having({ results: [having({ thread_id: thread })] })],
  },
  'thread-messages': {
    args: ['thread-messages', '--thread-id', thread],
    human: /^SENT +KIND [\s\S]*request/,
    json: [having({ thread_id: thread, messages: holding(having({ kind: 'request' })) })],
  },
  'thread-status': {
    args: ['thread-status', '--thread-id', thread],
    human: new RegExp(`^thread +${thread}\\n[\\s\\S]*messages +\\d+`),
    json: [having({ thread_id: thread, message_count: some })],
  },
  'message-search': {
    args: ['message-search', '--thread-id', thread, '--kind', 'request'],
    human: /^SENT +KIND [\s\S]*request/,
    json: [having({ messages: holding(having({ thread_id: thread, kind: 'request' })) })],
  },
  watch: {
    args: ['watch', 'kind:request', '--max-messages', '1'],
    human: /^\d\d:\d\d:\d\d\.\d{3} request +@op-\S+ → @echo /,
    json: [having({ kind: 'request', to_username: 'echo' })],
  },
  chat: {
    args: ['chat', '--to-username', 'echo'],
    input: 'hello there\n/quit\n',
    human: /^hello there$/,
    json: holding(having({ event: 'joined' }), having({ event: 'reply', text: 'hello there' })),
  },
  metrics: {
    args: ['metrics'],
    human: /^registry +registry[\s\S]*\nNAME +CALLS /,
    json: [having({ handlers: having({ register: some }) })],
  },
  doctor: {
    args: ['doctor'],
    human: /^✓ server +nats-server /,
    json: [having({ findings: holding(having({ check: 'server', verdict: 'ok' })) })],
  },
  contexts: {
    args: ['contexts', 'list'],
    human: /^There are no contexts/,
    json: [{ current: null, contexts: [] }],
  },
};

/** Not in the table, because they start a network, need a terminal, or print a program. */
const triedElsewhere = ['up', 'tui', 'completion', 'conformance', 'help'];

let network: DemoNetwork;

beforeAll(async () => {
  network = await startDemoNetwork();
  await network.run(['request', ...toEcho, '{"text":"first"}']);
  await eventually(async () => (await network.json('threads', '--query', thread)).results[0]);
});
afterAll(() => network.stop());

/** Runs a command to its end; a watch gets something to see. */
async function tried({ args, input }: Told, more: readonly string[], env: Record<string, string>) {
  const settings: SpawnSettings = { env, ...(input === undefined ? {} : { input }) };
  const running = network.start([...args, ...more], settings);
  if (args[0] === 'watch') {
    await eventually(async () => {
      await network.run(['request', ...toEcho, '{"text":"look"}']);
      return running.child.exitCode ?? undefined;
    }, 60_000);
  }
  const code = await running.exitCode();
  return { code, output: running.output(), errors: running.errors() };
}

test('given the help, when its commands are read, then each is tried here or known to be tried elsewhere', async () => {
  const { output } = await agentnet(['--help']);
  const [, listed = ''] = output.split('\nCommands:\n');
  const names = [...listed.matchAll(/^ {2}([a-z-]+)/gm)].map(([, name]) => name);
  expect(names.toSorted()).toEqual([...Object.keys(commands), ...triedElsewhere].toSorted());
});

describe.each(Object.entries(commands))('given %s', (_name, told) => {
  test('when people run it without colour, then it succeeds in words, and loads neither screen nor registry', async () => {
    const modules = join(await tempFolder(), 'modules');
    const recorder = new URL('../record-modules.mjs', import.meta.url).href;
    const env = { NO_COLOR: '1', FORCE_COLOR: '1', NODE_OPTIONS: `--import=${recorder}`, MODULES_FILE: modules };
    const { code, output, errors } = await tried(told, [], env);
    expect({ code, errors }).toEqual({ code: 0, errors: expect.not.stringContaining('error:') });
    expect(output).toMatch(told.human);
    expect(output + errors).not.toContain('\u001b');
    const loaded = await readFile(modules, 'utf8');
    expect(loaded).toContain('/tui/dist/cli.js');
    expect(loaded).not.toMatch(/\/node_modules\/(ink|react|react-reconciler|yoga-layout)\/|\/registry\/dist\//);
  });

  test('when programs run it, then it prints JSON lines and nothing else, without colour whatever is wanted', async () => {
    const { code, output, errors } = await tried(told, ['--json'], { FORCE_COLOR: '1' });
    expect({ code, errors }).toEqual({ code: 0, errors: '' });
    expect(output.split('\n').map((line) => JSON.parse(line))).toEqual(told.json);
  });
});

describe.each(Object.entries(commands).filter(([name]) => name !== 'contexts'))('given %s and no network', (name, {
  args,
  input = '',
}) => {
  const env = { NATS_URL: 'nats://127.0.0.1:1' };

  test('when people run it, then it ends with exit code 2, the reason and a remedy', async () => {
    const { code, output, errors } = await agentnet(args, { env, input });
    expect(code).toBe(2);
    expect(name === 'doctor' ? output : errors).toMatch(/\[connect_failed\] .*\n.*`agentnet up`/);
  });

  test('when programs run it, then it ends with exit code 2 and the reason in JSON', async () => {
    const { code, output, errors } = await agentnet([...args, '--json'], { env, input });
    expect(code).toBe(2);
    if (name !== 'doctor') expect(JSON.parse(errors)).toMatchObject({ error: { code: 'connect_failed' } });
    expect(output).toMatch(name === 'doctor' ? /"verdict":"failure"/ : /^$/);
  });
});
