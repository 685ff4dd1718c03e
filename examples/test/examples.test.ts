import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { databases, useNetwork } from '@agentnet/contract-tests/harness';
import { describe, expect, test } from 'vitest';

const run = promisify(execFile);
const folder = fileURLToPath(new URL('..', import.meta.url));
const [embedded] = databases();
if (!embedded) throw new Error('there is always an embedded database');

interface Example {
  readonly program: string;
  /** The end of what it prints. */
  readonly prints: RegExp;
}

const open: readonly Example[] = [
  { program: 'hello.js', prints: /^hello, world\n$/ },
  { program: 'calculator.js', prints: /^8 sums by calculator-\d/ },
  { program: 'thread-chat.js', prints: /^tea \| so far: tea \| milk \| so far: tea, milk\n$/ },
  { program: 'streaming.js', prints: /^Rough winds do shake the darling buds\n$/ },
  { program: 'blobs.js', prints: /^2000000 bytes arrived as picture\.raw\n$/ },
  { program: 'two-languages.js', prints: /= 21; TypeScript: 2 \* 21 = 42\n$/ },
];
const signed: readonly Example[] = [
  { program: 'signed.js', prints: /^signed, refused \(auth_public_key_mismatch\), rotated/ },
];

async function runExample(program: string, natsUrl: string): Promise<string> {
  const { DEV_AUTH: _other, ...environment } = process.env;
  const options = { cwd: folder, env: { ...environment, NATS_URL: natsUrl }, timeout: 90_000 };
  const { stdout, stderr } = await run(process.execPath, [program], options);
  expect(stderr).toBe('');
  return stdout;
}

describe('an open network', () => {
  const network = useNetwork(embedded);

  test.each(open)('given the network, when $program runs, then it finds its own expectations met', async ({
    program,
    prints,
  }) => {
    expect(await runExample(program, network().nats.url)).toMatch(prints);
  }, 120_000);

  test('given a network without signatures, when signed.js runs, then it fails and says why', async () => {
    await expect(runExample('signed.js', network().nats.url)).rejects.toMatchObject({
      code: 1,
      stderr: expect.stringContaining('auth_'),
    });
  }, 120_000);
});

describe('a network that verifies signatures', () => {
  const network = useNetwork(embedded, { env: { DEV_AUTH: 'true' } });

  test.each(signed)('given the network, when $program runs, then it finds its own expectations met', async ({
    program,
    prints,
  }) => {
    expect(await runExample(program, network().nats.url)).toMatch(prints);
  }, 120_000);
});

test('given no network, when an example runs, then it ends with 1 and names what is missing', async () => {
  await expect(runExample('hello.js', 'nats://127.0.0.1:1')).rejects.toMatchObject({
    code: 1,
    stderr: expect.stringContaining('connect_failed'),
  });
}, 60_000);

test('given the programs of the folder, when the table is read, then each of them is in it and in the README', () => {
  const programs = readdirSync(folder).filter((file) => file.endsWith('.js') && file !== 'network.js');
  expect([...open, ...signed].map(({ program }) => program).sort()).toEqual(programs.sort());
  const readme = readFileSync(`${folder}README.md`, 'utf8');
  expect(programs.filter((program) => !readme.includes(`](${program})`))).toEqual([]);
});
