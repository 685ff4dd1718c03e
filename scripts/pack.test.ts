import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { publint } from 'publint';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const run = promisify(execFile);
const root = join(dirname(fileURLToPath(import.meta.url)), '..');
/** What is published: package names by the folder they live in. */
const packages = {
  '@agentnet/protocol': 'generated/typescript',
  '@agentnet/sdk': 'sdk/typescript',
  '@agentnet/registry': 'registry',
  '@agentnet/contract-tests': 'contract-tests',
  agentnet: 'tui',
};
const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';
const installMs = 240_000;

let folder = '';
/** Paths of the tarballs by package name. */
let tarballs: Record<string, string> = {};

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'agentnet-pack-'));
  const workspaces = Object.values(packages).flatMap((path) => ['-w', path]);
  const pack = ['pack', '--json', '--pack-destination', folder, ...workspaces];
  const { stdout } = await run(npm, pack, { cwd: root, timeout: installMs });
  const packed: { name: string; filename: string }[] = JSON.parse(stdout);
  tarballs = Object.fromEntries(packed.map(({ name, filename }) => [name, join(folder, filename)]));
  const dependencies = Object.fromEntries(packed.map(({ name, filename }) => [name, `file:${filename}`]));
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ type: 'module', private: true, dependencies }));
  const install = ['install', '--prefer-offline', '--no-audit', '--no-fund', '--loglevel=error'];
  await run(npm, install, { cwd: folder, timeout: installMs });
}, 2 * installMs);

afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe.each(Object.entries(packages))('%s', (name, path) => {
  const installed = (): string => join(folder, 'node_modules', name);
  const files = (): string[] => readdirSync(installed(), { recursive: true, encoding: 'utf8' });

  test('given the tarball, when it is installed, then licence and README are in it and nothing that only tests or builds', () => {
    expect(files()).toEqual(expect.arrayContaining(['LICENSE', 'README.md', 'package.json']));
    expect(readFileSync(join(installed(), 'LICENSE'), 'utf8')).toBe(readFileSync(join(root, 'LICENSE'), 'utf8'));
    expect(files().filter((file) => /\.test\.|(^|\/)test(\/|$)|\.tsbuildinfo$/.test(file))).toEqual([]);
    expect(existsSync(join(root, path, 'LICENSE')), 'the repository has one LICENSE').toBe(false);
  });

  test('given the manifest, when its exports and programs are followed, then each leads to a file', () => {
    const manifest = JSON.parse(readFileSync(join(installed(), 'package.json'), 'utf8'));
    const targets = [...leavesOf(manifest.exports), ...leavesOf(manifest.bin)];
    // Of a pattern, the folder.
    const places = targets.map((target) => target.replace(/\/\*.*$/, ''));
    expect(places.filter((place) => !existsSync(join(installed(), place)))).toEqual([]);
  });

  test('given the tarball, when publint reads it, then it has nothing to say', async () => {
    const bytes = new Uint8Array(readFileSync(tarballs[name] ?? ''));
    const { messages } = await publint({ pack: { tarball: bytes.buffer }, strict: true });
    expect(messages).toEqual([]);
  }, 60_000);

  test('given the tarball, when its types are resolved as ES modules, then every entry has the right ones', async () => {
    const { exports } = JSON.parse(readFileSync(join(installed(), 'package.json'), 'utf8'));
    // The command is not imported.
    if (name === 'agentnet') return expect(exports).toBeUndefined();
    const attw = join(root, 'node_modules/@arethetypeswrong/cli/dist/index.js');
    const command = [attw, tarballs[name] ?? '', '--profile', 'esm-only', '--no-color'];
    const { stdout } = await run(process.execPath, command, { cwd: folder });
    expect(stdout).toContain('node16 (from ESM)');
  }, 120_000);

  test('given the source maps, when their sources are looked up, then each is there', () => {
    const maps = files().filter((file) => file.endsWith('.map'));
    const lost = maps.flatMap((map) => {
      const { sources } = JSON.parse(readFileSync(join(installed(), map), 'utf8')) as { sources: string[] };
      return sources
        .map((source) => join(installed(), dirname(map), source))
        .filter((source) => !existsSync(source))
        .map((source) => `${map} names ${relative(installed(), source)}`);
    });
    expect(lost).toEqual([]);
  });
});

/** Signs and verifies all golden vectors with what is installed; the folder has no `sodium-native`, as most programs have none. */
const goldenSignatures = `
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { keyPairOf, readDetachedHeader, signDetached, verifyDetached } from '@agentnet/sdk/identity';
const { keys, good, bad } = JSON.parse(readFileSync(process.argv[1], 'utf8'));
const placeOf = ({ subject, reply, body }) => ({ subject, reply, body: Buffer.from(body) });
for (const { signed_by, fields, header } of good) {
  const { purpose, account: accountId, agent: agentId, session: sessionTag, at: signedAt, nonce } = fields;
  const pair = keyPairOf(Buffer.from(keys[signed_by].private_key, 'base64url'));
  assert.equal(signDetached({ purpose, accountId, agentId, sessionTag, signedAt, nonce }, placeOf(fields), pair), header);
  assert.ok(verifyDetached(readDetachedHeader(header), placeOf(fields)));
}
const forged = bad.filter(({ code }) => code === 'auth_signature_invalid');
for (const { fields, header } of forged) assert.ok(!verifyDetached(readDetachedHeader(header), placeOf(fields)));
console.log(good.length > 0 && forged.length > 0);
`;

describe('an empty folder with the packages installed', () => {
  test('given no libsodium, when golden bodies are signed and verified, then all is as with it [auth.v2.text auth.v2.header]', async () => {
    expect(existsSync(join(folder, 'node_modules/sodium-native'))).toBe(false);
    const vectors = join(root, 'contract-tests/golden/ed25519-v2.json');
    const { stdout } = await run(process.execPath, ['--input-type=module', '-e', goldenSignatures, vectors], {
      cwd: folder,
      env: environment,
    });
    expect(stdout.trim()).toBe('true');
  }, 60_000);

  const agentnet = (...args: string[]) =>
    run(npm, ['exec', '--offline', '--loglevel=error', 'agentnet', '--', ...args], {
      cwd: folder,
      env: { ...environment, NATS_URL: natsUrl },
      timeout: 90_000,
    });
  const { DATABASE_URL: _other, ...environment } = { ...process.env, NODE_PATH: '' } as NodeJS.ProcessEnv;
  let network: ChildProcess | undefined;
  let natsUrl = '';

  beforeAll(async () => {
    const up = ['node_modules/agentnet/bin/agentnet.mjs', 'up', '--json', '--port', '0', '--data-dir', 'network'];
    network = spawn(process.execPath, up, { cwd: folder, env: environment, stdio: ['ignore', 'pipe', 'inherit'] });
    for await (const line of createInterface({ input: network.stdout as NodeJS.ReadableStream })) {
      const event = JSON.parse(line);
      if (event.event !== 'ready') continue;
      natsUrl = event.nats_url;
      break;
    }
    expect(natsUrl).toMatch(/^nats:/);
  }, 120_000);

  afterAll(async () => {
    network?.kill('SIGTERM');
    if (network && network.exitCode === null) await once(network, 'exit');
  });

  test('given the command, when it is asked for its version and who is online, then it answers', async () => {
    const { version } = JSON.parse(readFileSync(join(root, 'tui/package.json'), 'utf8'));
    expect((await agentnet('--version')).stdout.trim()).toBe(version);
    expect(JSON.parse((await agentnet('list', '--json')).stdout.split('\n')[0] ?? '')).toBeTypeOf('object');
  }, 120_000);

  test('given the command, when it judges a registry, an agent and a recording, then it conforms and the reports are there', async () => {
    const peer = `${process.execPath} node_modules/@agentnet/contract-tests/dist/peers/typescript/main.js`;
    const recording = join(root, 'contract-tests/traces/recorded/05-send-with-receipts.jsonl');
    const reports = ['--junit', 'report.xml', '--markdown', 'report.md'];
    const subjects = ['--registry', '--peer', peer, '--trace', recording];
    const { stdout } = await agentnet('conformance', ...subjects, '--rules', 'receipt.fields', '--json', ...reports);
    const registry = JSON.parse((await agentnet('conformance', '--registry', '--rules', 'rpc.null', '--json')).stdout);
    expect(JSON.parse(stdout)).toMatchObject({ failed: 0 });
    expect(registry).toMatchObject({ passed: 1, failed: 0 });
    expect(readFileSync(join(folder, 'report.xml'), 'utf8')).toContain('failures="0"');
    expect(readFileSync(join(folder, 'report.md'), 'utf8')).toContain('| 05-send-with-receipts | recording | passed |');
  }, 180_000);

  test.each([
    'README.md',
    'sdk/typescript/README.md',
    'generated/typescript/README.md',
  ])('given the quick start of %s, when it runs as plain JavaScript, then it prints what its comments say', async (document) => {
    const text = quickStartOf(document);
    writeFileSync(join(folder, 'quick-start.mjs'), text.replace(/'nats:[^']*'/g, `'${natsUrl}'`));
    const { stdout } = await run(process.execPath, ['quick-start.mjs'], {
      cwd: folder,
      env: { ...environment, NATS_URL: natsUrl },
      timeout: 60_000,
    });
    const promised = [...text.matchAll(/console\.log\(.*\); \/\/ (.*)$/gm)].map(([, output]) => output);
    expect(promised.length).toBeGreaterThan(0);
    expect(stdout.trim().split('\n').slice(0, promised.length)).toEqual(promised);
  }, 90_000);

  test('given a TypeScript program, when the strictest compiler reads it, then the types are exact', async () => {
    writeFileSync(join(folder, 'typed.ts'), typed);
    const compiler = join(root, 'node_modules/typescript/bin/tsc');
    const strict = ['--strict', '--exactOptionalPropertyTypes', '--noUncheckedIndexedAccess', '--noEmit'];
    const modules = ['--module', 'NodeNext', '--target', 'ES2023', '--lib', 'ES2023'];
    const types = ['--types', 'node', '--typeRoots', join(root, 'node_modules/@types'), '--skipLibCheck'];
    const compile = run(process.execPath, [compiler, ...strict, ...modules, ...types, 'typed.ts'], {
      cwd: folder,
      timeout: 120_000,
    }).catch(({ stdout }: { stdout: string }) => ({ stdout }));
    expect((await compile).stdout).toBe('');
  }, 150_000);
});

/** The errors it expects are as much a part of it as what compiles. */
const typed = `
import { check, type Message, type Receipt } from '@agentnet/protocol';
import { AgentNetError, AgentNode, AgentSDK, type Delivery, type ReceivedMessage } from '@agentnet/sdk';
import { readAuth } from '@agentnet/sdk/identity';
import { connect } from '@agentnet/sdk/transport';

type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
const is = <T extends true>(): T | undefined => undefined;

const node = new AgentNode({ agentId: 'typed', inbox: { sharedDedupe: 'all' } });
node.onMessage(async (message, { reply, signal }) => {
  is<Same<typeof message, ReceivedMessage>>();
  is<Same<typeof signal, AbortSignal>>();
  await reply({ any: ['json', 1, null] });
});
const delivery = node.send({ to: '@bob', payload: 1, until: 'processed' });
is<Same<typeof delivery, Promise<Delivery>>>();
is<Same<Delivery['receipt'], Receipt | undefined>>();
node.on('retry', ({ attempt }) => is<Same<typeof attempt, number>>());
const failure: unknown = undefined;
if (failure instanceof AgentNetError && failure.code === 'not_found') console.log(failure.retryable);
const message: Message = {};
console.log(check('Message', message), readAuth, connect, AgentSDK);

// @ts-expect-error there is no such option
new AgentNode({ agentId: 'typed', agentID: 'typed' });
// @ts-expect-error there is no such stage
void node.send({ to: '@bob', payload: 1, until: 'done' });
// @ts-expect-error there is no such code
if (failure instanceof AgentNetError && failure.code === 'no_such_code') console.log();
// @ts-expect-error there is no such event
node.on('retried', () => undefined);
`;

function leavesOf(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(leavesOf) : [];
}

/** The first program of a document. */
function quickStartOf(document: string): string {
  const [, text] = /^```js\n(import [\s\S]*?)^```/m.exec(readFileSync(join(root, document), 'utf8')) ?? [];
  if (text === undefined) throw new Error(`${document} begins with no program`);
  return text;
}
