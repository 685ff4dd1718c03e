// The Python side: one virtual environment in .venv with both packages, editable, and the tools that check them.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const requirements = 'sdk/python/requirements-dev.txt';
const packages = ['generated/python', 'sdk/python'];
const candidates = ['python3', 'python3.13', 'python3.12', 'python3.11', 'python3.10', 'python'];

/** A program of the virtual environment: `python`, `pytest`, `mypy`, `ruff`. */
export function pythonProgram(root, name) {
  return process.platform === 'win32'
    ? join(root, '.venv', 'Scripts', `${name}.exe`)
    : join(root, '.venv', 'bin', name);
}

/** Whether .venv is as the requirements and the manifests want it. */
export function isPythonReady(root) {
  const stamp = stampOf(root);
  return (
    existsSync(pythonProgram(root, 'python')) && existsSync(stamp) && readFileSync(stamp, 'utf8') === digestOf(root)
  );
}

/** Makes .venv anew. Returns what went wrong and what helps; undefined when all is well. */
export function installPython(root) {
  const python = candidates.find(isNewEnough);
  if (!python)
    return [
      'Python 3.10 or newer is missing.',
      'Install it (Debian: apt install python3 python3-venv; macOS: brew install python).',
    ];
  const folder = join(root, '.venv');
  rmSync(folder, { recursive: true, force: true });
  const made = run(python, ['-m', 'venv', folder], root);
  if (made.status !== 0)
    return [`python -m venv failed:\n${made.stdout}${made.stderr}`, 'On Debian: apt install python3-venv.'];
  const editable = packages.flatMap((path) => ['-e', path]);
  const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--no-build-isolation'];
  for (const args of [['-r', requirements], editable]) {
    const { status, stderr } = run(pythonProgram(root, 'python'), [...pip, ...args], root);
    if (status !== 0)
      return [
        `pip install failed:\n${stderr}`,
        'Check the network and the Python package index, then run the command again.',
      ];
  }
  writeFileSync(stampOf(root), digestOf(root));
  return undefined;
}

function isNewEnough(python) {
  const { status } = spawnSync(python, ['-c', 'import sys; sys.exit(sys.version_info < (3, 10))'], { stdio: 'ignore' });
  return status === 0;
}

const stampOf = (root) => join(root, '.venv', '.agentnet-setup');

function digestOf(root) {
  const files = [requirements, ...packages.map((path) => `${path}/pyproject.toml`)];
  const hash = createHash('sha256').update(root);
  for (const file of files) hash.update(readFileSync(join(root, file)));
  return hash.digest('hex');
}

function run(program, args, cwd) {
  return spawnSync(program, args, { cwd, stdio: ['ignore', 'pipe', 'pipe'], encoding: 'utf8' });
}
