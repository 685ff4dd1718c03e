import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { runCommandLine } from '../src/command-line.js';
import { TinySpec } from './harness/tiny-spec.js';

async function run(...args: string[]) {
  const [out, err]: [string[], string[]] = [[], []];
  const status = await runCommandLine(
    args,
    (line) => out.push(line),
    (line) => err.push(line),
  );
  return { status, stdout: out.join('\n'), stderr: err.join('\n') };
}

describe('command line', () => {
  it('given --help, when codegen runs, then it explains itself', async () => {
    const { status, stdout } = await run('--help');
    expect(status).toBe(0);
    expect(stdout).toMatch(/gen \[--check\][\s\S]*diff <git-rev>/);
  });

  it.each([
    [['gen', '--chek']],
    [['gen', 'extra']],
    [['generate']],
    [['diff']],
    [['diff', 'a', 'b']],
    [['gen', '--allow']],
    [[]],
  ])('given the arguments %j, when codegen runs, then it refuses them with exit code 2', async (args) => {
    expect((await run(...args)).status).toBe(2);
  });

  it('given a broken spec, when gen runs, then it prints every finding with its remedy and exits with 1', async () => {
    const spec = new TinySpec().edit('rules.yaml', (d) => d.push(d[0]));
    const { status, stderr } = await run('gen', '--spec', spec.folder);
    expect(status).toBe(1);
    expect(stderr).toMatch(
      /^spec\/rules\.yaml:\d+ \(#\/1\/id\): the id 'oracle\.always-answers' is used twice\n {4}Give each rule its own id\.\n1 finding$/m,
    );
  });

  it('given the program itself, when it is started with wrong arguments, then the process exits with 2', () => {
    const cwd = fileURLToPath(new URL('..', import.meta.url));
    const { status, stderr } = spawnSync(process.execPath, ['--import', 'tsx', 'src/main.ts', '--nope'], {
      cwd,
      encoding: 'utf8',
    });
    expect(status).toBe(2);
    expect(stderr).toMatch(/Unknown option '--nope'/);
  });
});
