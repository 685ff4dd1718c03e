import { spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';

/** Installs Python's packages on a machine whose PATH leads nowhere, and prints what `setup.mjs` would say before it fails. */
const program = `
  const { installPython } = await import(${JSON.stringify(new URL('./python.mjs', import.meta.url).href)});
  process.stdout.write(JSON.stringify(installPython('/nowhere')));
`;

test('given a machine without Python, when its packages are installed, then there is a problem, told with its remedy', () => {
  const { stdout } = spawnSync(process.execPath, ['--input-type=module', '-e', program], {
    encoding: 'utf8',
    env: { PATH: '/nowhere' },
  });
  expect(JSON.parse(stdout)).toEqual([
    'Python 3.10 or newer is missing.',
    expect.stringMatching(/^Install it \(Debian: apt install python3 /),
  ]);
});
