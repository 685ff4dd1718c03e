// Writes the pacts anew from what the SDKs rely on, then verifies them against the real registry and both SDKs. Commit what changed.
import { spawnSync } from 'node:child_process';
import { readdirSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { pythonProgram } from './python.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const folder = join(root, 'contract-tests/pacts');
const python = pythonProgram(root, 'python');

const vitest = (filter, env) =>
  run(process.execPath, [join(root, 'node_modules/vitest/vitest.mjs'), 'run', filter], { env });
const pytest = (filter, env) =>
  run(python, ['-m', 'pytest', '-q', `tests/pacts/${filter}`], { env, cwd: join(root, 'sdk/python') });

// What is no longer relied on would stay in a file that is only added to.
for (const name of readdirSync(folder)) if (name.endsWith('.json')) rmSync(join(folder, name));
const writing = { PACT_WRITE: '1' };
for (const role of ['registry', 'peer']) pytest(`test_${role}_consumer.py`, writing);
for (const role of ['registry', 'peers']) vitest(`contract-tests/pacts/${role}/consumer.test.ts`, writing);
vitest('contract-tests/pacts', {});
pytest('', {});

function run(program, args, { env, cwd = root }) {
  const { status } = spawnSync(program, args, { cwd, stdio: 'inherit', env: { ...process.env, ...env } });
  if (status !== 0) process.exit(status ?? 1);
}
