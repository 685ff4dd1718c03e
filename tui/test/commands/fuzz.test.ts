import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { agentnet } from '../agentnet-process.js';
import { tempFolder } from '../temp-folder.js';
import { anyOf, hostileText, seeded } from '../text/hostile-text.js';
import { type HostileNetwork, startHostileNetwork } from './hostile-network.js';
import { type Outcome, runHere } from './run-here.js';

vi.setConfig({ testTimeout: 180_000, hookTimeout: 60_000 });

const documentedCodes = [0, 1, 2, 130];
/** Colours of our own, which FORCE_COLOR brings into a pipe. */
const ownColours = new RegExp(`${'\u001b'}\\[[\\d;]+m`, 'g');
const raw = /(?!\n)[\p{Cc}\p{Cf}\p{Surrogate}\p{Zl}\p{Zp}]/u;
const stackTrace = /^ +at .+:\d+:\d+\)?$/m;

/** Whatever the network or the words were: a documented end, nothing raw, no stack, and JSON where JSON was asked for. */
function expectGood({ code, output, errors }: Outcome, args: readonly string[]): void {
  const how = JSON.stringify(args);
  const fail = (what: string, text: string) => {
    throw new Error(`${what} after ${how}: ${JSON.stringify(text)}`);
  };
  if (!documentedCodes.includes(code)) fail(`exit code ${code}`, errors);
  for (const text of [output, errors]) {
    if (raw.test(text.replaceAll(ownColours, ''))) fail('a raw control character', text);
    if (stackTrace.test(text)) fail('a stack trace', text);
  }
  if (errors.includes('[internal_error]') || errors.includes('"internal_error"')) fail('a defect', errors);
  const end = args.indexOf('--');
  if (!args.slice(0, end === -1 ? undefined : end).includes('--json')) return;
  for (const line of output.split('\n').slice(0, -1)) {
    try {
      JSON.parse(line);
    } catch {
      // Help and the version are for people, whatever else is asked for.
      if (!/^(Usage: |\d+\.\d+\.\d+\n$)/.test(output)) fail('no JSON', output);
      break;
    }
  }
  if (code !== 0 && errors !== '') expect(JSON.parse(errors), how).toHaveProperty('error.code');
}

const target = ['--to-username', 'pilot'];
const commands: readonly (readonly string[])[] = [
  ['list'],
  ['search', '--query', 'x'],
  ['profile', '--username', 'x'],
  ['threads'],
  ['thread-messages', '--thread-id', 'x'],
  ['thread-status', '--thread-id', 'x'],
  ['message-search', 'x'],
  ['message-search', '--limit', '5'],
  ['metrics'],
  ['doctor'],
  ['send', ...target, '{}', '--retry-attempts', '0'],
  ['request', ...target, '{}'],
];

describe('given a network whose registry and agents are hostile', () => {
  const random = seeded(20_261_131);
  let network: HostileNetwork;
  let environment: NodeJS.ProcessEnv;

  beforeAll(async () => {
    network = await startHostileNetwork(random);
    environment = { NATS_URL: network.natsUrl, XDG_CONFIG_HOME: '/nonexistent', FORCE_COLOR: '1' };
  });
  afterAll(() => network.stop());

  test.each(
    commands.map((args) => [args.join(' '), args] as const),
  )('when %s is run, then people and programs read nothing raw', async (_name, args) => {
    const told: Outcome[] = [];
    for (let round = 0; round < 5; round++) {
      for (const more of [[], ['--json']]) {
        const outcome = await runHere([...args, ...more], environment);
        expectGood(outcome, [...args, ...more]);
        told.push(outcome);
      }
    }
    // Something hostile did come through, and was written in its harmless form.
    expect(told.some(({ output, errors }) => /\\u(?:001b|202e|009b|200b)/.test(output + errors))).toBe(true);
  });

  test('when it is watched, then lines and JSON hold nothing raw', async () => {
    for (const more of [[], ['--json'], ['--include-payload'], ['--raw'], ['--include-payload', '--json']]) {
      const args = ['watch', '--max-messages', '12', ...more];
      const state = { isOver: false };
      const watching = runHere(args, environment).finally(() => {
        state.isOver = true;
      });
      while (!state.isOver) await network.chatter();
      expectGood(await watching, args);
    }
  });

  test('when it is talked to, then its answers hold nothing raw', async () => {
    for (const more of [[], ['--json']]) {
      const args = ['chat', ...target, ...more];
      const { code, ...told } = await agentnet(args, {
        env: { NATS_URL: network.natsUrl },
        input: `one\ntwo\nthree\nfour\n/thread ${hostileText(random).replaceAll(/[\r\n]/g, '')}\n/quit\n`,
      });
      // Each line that fails has an error of its own.
      const errors = more.length === 0 ? told.errors : '';
      expectGood({ code: code ?? -1, output: `${told.output}\n`, errors }, args);
    }
  });

  test('when a shell asks what can be typed, then it gets names of the grammar only', async () => {
    for (const option of ['--to-username', '--to-capability']) {
      const args = ['complete', '--', 'send', option, ''];
      // It writes to standard output by itself.
      const { code, ...told } = await agentnet(args, { env: { NATS_URL: network.natsUrl } });
      expectGood({ code: code ?? -1, ...told }, args);
    }
  });
});

describe('given any words', () => {
  const nobody = 'nats://127.0.0.1:1';
  /** Those that start servers or programs, or wait for a terminal, are given only what they refuse. */
  const excluded = new Set(['up', 'tui', 'conformance', 'chat']);

  test('when they are run as a command line, then they end as documented, without a stack trace', async () => {
    const random = seeded(20_261_132);
    const environment = { NATS_URL: nobody, XDG_CONFIG_HOME: await tempFolder() };
    const { output } = await runHere(['--help'], environment);
    const names = [...output.matchAll(/^ {2}([a-z-]+)/gm)].flatMap(([, name = '']) => (excluded.has(name) ? [] : name));
    expect(names.length).toBeGreaterThan(12);
    const options = new Set<string>();
    for (const name of names) {
      const help = await runHere(['help', name], environment);
      for (const [option] of help.output.matchAll(/--[a-z-]+/g)) options.add(option);
    }
    const values = [
      '',
      ' ',
      '0',
      '-1',
      '1',
      '1e309',
      'NaN',
      '{}',
      '{',
      '[1]',
      '"x"',
      '--',
      '-',
      '@echo',
      'list',
      'add',
      'use',
      'remove',
      nobody,
      'from:@a',
      'since:5m',
      'text:"',
      '!',
      '2026-01-01T00:00:00Z',
      'x'.repeat(5000),
    ];
    const word = () => {
      const chance = random();
      if (chance < 0.35) return anyOf(random, [...options]);
      if (chance < 0.75) return anyOf(random, values);
      return chance < 0.9 ? hostileText(random) : anyOf(random, names);
    };
    for (let round = 0; round < 1000; round++) {
      const args = [
        random() < 0.9 ? anyOf(random, names) : word(),
        ...Array.from({ length: Math.floor(random() * 6) }, word),
      ];
      if (args.some((arg) => excluded.has(arg))) continue;
      if (random() < 0.3) args.splice(1, 0, '--json');
      expectGood(await runHere(args, environment), args);
    }
  });
});
