import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterEach, expect, test } from 'vitest';
import { folderWith } from './temp-files.js';

const run = promisify(execFile);
const root = fileURLToPath(new URL('../../../', import.meta.url));
const page = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
const [firstTerminal = [], secondTerminal = [], thirdTerminal = [], fourthTerminal = []] = [
  ...page.matchAll(/^```sh\n([\s\S]*?)^```/gm),
].map(([, text = '']) => text.trim().split('\n'));

const started: ChildProcess[] = [];
afterEach(async () => {
  for (const process of started.splice(0).reverse()) {
    process.kill('SIGTERM');
    if (process.exitCode === null && process.signalCode === null) await once(process, 'exit');
  }
});

/** Starts what stays, without a shell between, and returns its first line that matches. */
async function stays(command: string, says: RegExp, environment: NodeJS.ProcessEnv = {}): Promise<string> {
  const [program = '', ...args] = command.split(' ');
  const child = spawn(program, args, {
    cwd: root,
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  started.push(child);
  for await (const line of createInterface({ input: child.stdout })) if (says.test(line)) return line;
  throw new Error(`${command} ended before it said ${says}`);
}

test('given the commands of the page, when they are typed in its terminals, then a mesh works as it says', async () => {
  expect([firstTerminal, secondTerminal.length, thirdTerminal.length]).toEqual([['npm start'], 1, 4]);
  // The same start on a free port: the script that `npm start` ends in.
  const up = `node tui/bin/agentnet.mjs up --demo --json --port 0 --data-dir ${folderWith({})}`;
  const { nats_url: NATS_URL } = JSON.parse(await stays(up, /"event":"ready"/));
  const model = await stays(`${secondTerminal[0]} --port 0`, /^a model answers at/);
  const [address = ''] = /http:\S+(?=\/v1)/.exec(model) ?? [];
  const exported = Object.fromEntries(
    [...thirdTerminal.join('\n').matchAll(/(\w+_(?:URL|KEY))=(\S+)/g)].map(([, name = '', value = '']) => [
      name,
      value.replace('http://127.0.0.1:8089', address),
    ]),
  );
  const environment = { ...process.env, ...exported, NATS_URL };

  const duo = thirdTerminal.find((line) => line.includes('--duo')) ?? '';
  const { stdout: talk } = await run('sh', ['-c', duo], { cwd: root, env: environment, timeout: 60_000 });
  expect(talk).toMatch(/^online: @guide, @critic\nguide: .*Rivers are long\..*\ncritic: .*\nthread: thread_sdk_/);

  const online = await stays(thirdTerminal.at(-1) ?? '', /^online:/, environment);
  expect(page).toContain(`\`${online}\``);
  const [request = '', threads = ''] = fourthTerminal;
  const options = { cwd: root, env: { ...environment, XDG_CONFIG_HOME: folderWith({}) }, timeout: 60_000 };
  const { stdout: answer } = await run('sh', ['-c', request], options);
  expect(answer).toContain('I was told: The Danube flows through ten countries');
  expect((await run('sh', ['-c', threads], options)).stdout).toContain('thread_');
}, 180_000);
