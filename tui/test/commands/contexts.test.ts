import { chmod, mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { chooseAddress } from '../../src/session/choose-address.js';
import { agentnet } from '../agentnet-process.js';
import { tempFolder } from '../temp-folder.js';

/** A person with settings of their own. */
async function person() {
  const folder = await tempFolder();
  const env = { XDG_CONFIG_HOME: folder };
  const file = join(folder, 'agentnet', 'contexts.json');
  return { env, file, run: (...args: string[]) => agentnet(args, { env }) };
}

const live = ['contexts', 'add', 'live', '--nats-url', 'nats://s3cret@127.0.0.1:1', '--production'];

describe('given a person without contexts', () => {
  test('when one is added and used, then it is stored for them alone, listed without its token, and marked', async () => {
    const { file, run } = await person();
    expect(await run('contexts')).toMatchObject({ code: 0, output: expect.stringContaining('There are no contexts') });
    const { code, output, errors } = await run(...live, '--use');
    expect({ code, errors }).toEqual({ code: 0, errors: '' });
    expect(output).toMatch(/NAME +ADDRESS +COLOUR +PRODUCTION\n\* +live +nats:\/\/127\.0\.0\.1:1 +red +yes$/);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect(await readFile(file, 'utf8')).toContain('s3cret');
    const listed = await run('contexts', 'list', '--json');
    expect(JSON.parse(listed.output)).toEqual({
      current: 'live',
      contexts: [{ name: 'live', nats_url: 'nats://127.0.0.1:1', colour: 'red', production: true, current: true }],
    });
  });

  test.each([
    ['an address that is none', ['contexts', 'add', 'x', '--nats-url', 'http://h'], 'the NATS address must be'],
    ['a name with a slash', ['contexts', 'add', '../x', '--nats-url', 'nats://h'], 'a context name is'],
    ['a colour that is none', ['contexts', 'add', 'x', '--nats-url', 'nats://h', '--colour', 'mauve'], 'mauve'],
    ['an unknown one to use', ['contexts', 'use', 'x'], 'there is no context "x"; there are: none'],
    ['an unknown one to remove', ['contexts', 'remove', 'constructor'], 'there is no context "constructor"'],
    ['an unknown one to connect with', ['list', '--context', '__proto__'], 'there is no context "__proto__"'],
    [
      'a context and an address',
      ['list', '--context', 'x', '--nats-url', 'nats://h'],
      'give one of --nats-url and --context',
    ],
  ])('when given %s, then it is refused with exit code 1', async (_what, args, why) => {
    const { run } = await person();
    const { code, errors } = await run(...args);
    expect(code).toBe(1);
    expect(errors).toContain(why);
  });
});

describe('given a production context', () => {
  test('when a command uses it, then a banner stands first on the error stream, not in JSON, and the token nowhere', async () => {
    const { run } = await person();
    await run(...live);
    const people = await run('list', '--context', 'live');
    expect(people.errors).toMatch(/^ PRODUCTION live {2}nats:\/\/127\.0\.0\.1:1\nerror: \[connect_failed\]/);
    const programs = await run('list', '--context', 'live', '--json');
    expect(Object.keys(JSON.parse(programs.errors))).toEqual(['error']);
    expect(people.errors + programs.errors).not.toContain('s3cret');
  });

  test('when it is removed, then it is gone and no longer the current one', async () => {
    const { run } = await person();
    await run(...live, '--use');
    const { output } = await run('contexts', 'remove', 'live', '--json');
    expect(JSON.parse(output)).toEqual({ current: null, contexts: [] });
  });
});

describe('given several ways to say where', () => {
  test('when resolved, then option comes before context, environment before the current context', async () => {
    const { env, run } = await person();
    await run('contexts', 'add', 'one', '--nats-url', 'nats://a@one:1', '--use');
    await run('contexts', 'add', 'two', '--nats-url', 'nats://b@two:2');
    const named = { ...env, NATS_URL: 'nats://c@env:3' };
    expect(chooseAddress({ natsUrl: 'nats://d@option:4' }, named)).toEqual({ natsUrl: 'nats://d@option:4' });
    expect(chooseAddress({ context: 'two' }, named)).toMatchObject({
      natsUrl: 'nats://b@two:2',
      context: { name: 'two' },
    });
    expect(chooseAddress({}, named)).toEqual({ natsUrl: 'nats://c@env:3' });
    expect(chooseAddress({}, env)).toMatchObject({
      natsUrl: 'nats://a@one:1',
      context: { name: 'one', production: false },
    });
    await run('contexts', 'use');
    expect(chooseAddress({}, env)).toEqual({ natsUrl: 'nats://agentnet_secret_token@127.0.0.1:4222' });
  });
});

describe('given a file of contexts', () => {
  test('when others can read it, then it is refused with the command that mends it', async () => {
    const { file, run } = await person();
    await run(...live);
    await chmod(file, 0o644);
    const { code, errors } = await run('contexts');
    expect(code).toBe(1);
    expect(errors).toContain(`chmod 600 ${file}`);
  });

  test.each([
    '{',
    '[]',
    '{"contexts":{"x":{}}}',
    '{"current":"gone","contexts":{}}',
  ])('when it holds %s, then it is refused and left as it is', async (text) => {
    const { file, run } = await person();
    await mkdir(join(file, '..'), { recursive: true });
    await writeFile(file, text, { mode: 0o600 });
    const { code, errors } = await run(...live);
    expect(code).toBe(1);
    expect(errors).toContain('is not what agentnet writes');
    expect(await readFile(file, 'utf8')).toBe(text);
  });
});
