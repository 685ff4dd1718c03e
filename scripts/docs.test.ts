import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const run = promisify(execFile);
const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const documents = readdirSync(root, { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('.md') && !/(^|\/)(node_modules|dist|generated|\.venv|\.changeset)\//.test(path))
  .sort();

interface Block {
  document: string;
  language: string;
  text: string;
}

const blocks: Block[] = documents.flatMap((document) =>
  [...readFileSync(join(root, document), 'utf8').matchAll(/^```(\w+)\n([\s\S]*?)^```/gm)].map(
    ([, language = '', text = '']) => ({ document, language, text }),
  ),
);
/** Its terminals and their order are walked by a test of its own. */
const walkedElsewhere = 'examples/llm-mesh/README.md';
const commands = blocks
  .filter(({ language, document }) => language === 'sh' && document !== walkedElsewhere)
  .flatMap(({ document, text }) =>
    text
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => ({ document, line })),
  );
/** How a program says that it wants a network whose registry verifies signatures. */
const signedMark = '// DEV_AUTH=true\n';
const programs = blocks.filter(
  ({ language, text }) => /^[jt]s$/.test(language) && text.replace(signedMark, '').startsWith('import '),
);
/** Those of the Python packages' READMEs run in the tests of these packages. */
const pythonPrograms = blocks.filter(({ document, language }) => language === 'python' && document.startsWith('docs/'));

/** What the documents name as the address of a network started without options. */
const documentedUrl = 'nats://agentnet_secret_token@127.0.0.1:4222';
/** Commands that are this test run, or another of its suites. */
const ranElsewhere = [/^npm test\b/, /^npm run (test|check|bench|gen|format|dev|soak|docs)\b/, /^npx (tsc|vitest)\b/];

let folder = '';
let natsUrl = '';
let signedUrl = '';
const networks: ReturnType<typeof spawn>[] = [];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'agentnet-docs-'));
  natsUrl = await startNetwork('network', ['--demo']);
  signedUrl = await startNetwork('signed', [], { DEV_AUTH: 'true' });
}, 240_000);

afterAll(async () => {
  for (const network of networks) {
    network.kill('SIGTERM');
    if (network.exitCode === null) await once(network, 'exit');
  }
  rmSync(folder, { recursive: true, force: true });
});

/** Returns its address once agents can join, with `--demo` once the demo is over. */
async function startNetwork(name: string, options: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<string> {
  const args = ['tui/bin/agentnet.mjs', 'up', '--json', '--port', '0', '--data-dir', join(folder, name), ...options];
  const network = spawn(process.execPath, args, {
    cwd: root,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  networks.push(network);
  const isDemo = options.includes('--demo');
  let url = '';
  for await (const line of createInterface({ input: network.stdout as NodeJS.ReadableStream })) {
    const event = JSON.parse(line);
    if (event.event === 'ready') url = event.nats_url;
    if (isDemo ? event.event === 'demo' && event.step === 5 : url !== '') break;
  }
  expect(url).toMatch(/^nats:/);
  return url;
}

describe.each(commands)('$document: $line', ({ line }) => {
  test('given a running network, when the command is typed, then it succeeds', async () => {
    if (line === `export NATS_URL=${documentedUrl}`) return expectDefaultAddress();
    if (ranElsewhere.some((known) => known.test(line))) return expectScript(line);
    const env = { ...process.env, NATS_URL: natsUrl, XDG_CONFIG_HOME: join(folder, 'config') };
    if (line === 'npm start' || line === 'npx agentnet up --demo') return startsAndEnds(line, env);
    const known = /^((?:[A-Z_]+=\S+ )?(echo \S+ \| )?npx agentnet (?!up)|node examples\/\S+\.js$)/;
    expect(line, 'a command this test does not know how to run').toMatch(known);
    await run('sh', ['-c', line], { cwd: root, env, timeout: 90_000 });
  }, 120_000);
});

describe.each(programs)('$document: the program that begins with $text', ({ document, text }) => {
  test('given a running network, when the program runs, then it ends well and prints what its comments say', async () => {
    const file = join(root, dirname(document), `.docs-example-${process.pid}.mjs`);
    const ownUrl = text.startsWith(signedMark) ? signedUrl : natsUrl;
    const source = text
      .replaceAll('nats://127.0.0.1:4222', ownUrl)
      .replaceAll(documentedUrl, ownUrl)
      .replaceAll('.agentnet/registry', join(folder, `registry-${Math.random()}`));
    writeFileSync(file, source);
    try {
      const { stdout } = await run(process.execPath, [file], {
        env: { ...process.env, NATS_URL: ownUrl },
        timeout: 60_000,
      });
      const promised = [...text.matchAll(/console\.log\(.*\); \/\/ (.*)$/gm)].map(([, output]) => output);
      expect(stdout.trim().split('\n').slice(0, promised.length)).toEqual(promised);
    } finally {
      rmSync(file);
    }
  }, 90_000);
});

describe.each(pythonPrograms)('$document: its Python program', ({ text }) => {
  test('given a running network, when the program runs, then it ends well and prints what its comments say', async () => {
    const file = join(folder, 'program.py');
    writeFileSync(file, text);
    const env = { ...process.env, NATS_URL: natsUrl };
    const { stdout } = await run(join(root, '.venv/bin/python'), [file], { env, timeout: 60_000 });
    const promised = [...text.matchAll(/print\(.*\) {2}# (.*)$/gm)].map(([, output]) => output);
    expect(stdout.trim().split('\n')).toEqual(promised);
  }, 90_000);
});

test('given the YAML in the README, when it is looked up in the document, then it stands there word for word', () => {
  const quoted = blocks.filter(({ document, language }) => document === 'README.md' && language === 'yaml');
  const spec = readFileSync(join(root, 'spec/asyncapi.yaml'), 'utf8');
  expect(quoted.length).toBeGreaterThan(0);
  for (const { text } of quoted) expect(spec).toContain(text);
});

test('given the links of the documents, when they are followed inside the repository, then each leads to a file', () => {
  for (const document of documents) {
    const links = readFileSync(join(root, document), 'utf8').matchAll(/\]\((?!https?:)([^)#]+)/g);
    for (const [, target = ''] of links)
      expect(() => readFileSync(join(root, dirname(document), target))).not.toThrow();
  }
});

/** The address the README exports is the one `agentnet` uses by itself. */
async function expectDefaultAddress(): Promise<void> {
  const { stdout } = await run(process.execPath, ['tui/bin/agentnet.mjs', 'up', '--help'], { cwd: root });
  expect(stdout).toContain(new URL(documentedUrl).port);
}

function expectScript(line: string): void {
  const [, name] = /^npm (?:run )?(\S+)/.exec(line) ?? [];
  if (!name) return;
  const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  expect(Object.keys(scripts)).toContain(name);
}

/** The same start, on a free port and a folder of its own, ending by itself. */
async function startsAndEnds(line: string, env: NodeJS.ProcessEnv): Promise<void> {
  const separator = line.startsWith('npm') ? '--' : '';
  const options = `--once --port 0 --data-dir ${join(folder, 'start')}`;
  const { NATS_URL: _elsewhere, ...own } = env;
  const { stdout } = await run('sh', ['-c', `${line} ${separator} ${options}`], {
    cwd: root,
    env: own,
    timeout: 100_000,
  });
  expect(stdout).toContain('read back from the registry');
}
