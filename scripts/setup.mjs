// Sets up a fresh machine: npm packages, nats-server, build and, for the tests, Python. Plain Node, no dependencies. Does nothing twice.
// `--then start|test|check` goes on with that command; what follows it is passed on.
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findNatsServer, findProgram, installPackage } from './programs.mjs';
import { installPython, isPythonReady } from './python.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const commands = {
  start: ['tui/bin/agentnet.mjs', 'up', '--demo'],
  test: ['scripts/test.mjs'],
  check: ['scripts/test.mjs'],
};

const [flag, next, ...rest] = process.argv.slice(2);
if (flag !== undefined && (flag !== '--then' || !(next in commands))) {
  fail(
    'usage: node scripts/setup.mjs [--then start|test|check [arguments]]',
    'Run it without arguments to set up only.',
  );
}

requireNode();
const startedAt = Date.now();
const forTests = next === 'start' ? [] : [installTmux, installCompose, installPythonPackages];
const steps = [installNpmPackages, installNatsServer, build, ...forTests];
const work = steps.map((install) => install()).filter(Boolean);
if (work.length > 0) say(`ready after ${seconds(startedAt)}`);
if (next !== undefined) goOn(commands[next]);

function requireNode() {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  if (major > 20 || (major === 20 && minor >= 3)) return;
  fail(`Node.js ${process.versions.node} is too old.`, 'Install Node.js 20.3 or newer.');
}

function installNpmPackages() {
  const lock = createHash('sha256')
    .update(readFileSync(join(root, 'package-lock.json')))
    .digest('hex');
  const stamp = join(root, 'node_modules', '.agentnet-setup');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === lock) return false;
  step('npm packages (npm ci)', () => {
    const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';
    const result = spawnSync(npm, ['ci', '--no-audit', '--no-fund', '--loglevel=error'], {
      cwd: root,
      stdio: ['ignore', 'ignore', 'pipe'],
      encoding: 'utf8',
    });
    if (result.status !== 0)
      fail(`npm ci failed:\n${result.stderr}`, 'Check the network and the npm registry, then run the command again.');
    writeFileSync(stamp, lock);
  });
  return true;
}

function installNatsServer() {
  if (findNatsServer()) return false;
  step('nats-server', (progress) => {
    installPackage(
      { apt: 'nats-server', brew: 'nats-server', go: 'github.com/nats-io/nats-server/v2@latest' },
      progress,
    );
    if (findNatsServer()) return;
    fail(
      'nats-server is not installed and could not be installed here.',
      'Install it with your package manager (Debian: apt install nats-server; macOS: brew install nats-server) or: go install github.com/nats-io/nats-server/v2@latest',
    );
  });
  return true;
}

/** It reads the compose file in the tests; no engine is needed for that. */
function installCompose() {
  const hasPlugin = spawnSync('docker', ['compose', 'version'], { stdio: 'ignore' }).status === 0;
  if (hasPlugin || findProgram('docker-compose')) return false;
  step('docker-compose', (progress) => {
    installPackage({ apt: 'docker-compose', brew: 'docker-compose' }, progress);
    if (!findProgram('docker-compose')) say('  not installed: nothing but our own tests will read the compose file');
  });
  return true;
}

/** Only the tests of the full screen need it, and they say so when it is missing. */
function installTmux() {
  if (findProgram('tmux')) return false;
  step('tmux', (progress) => {
    installPackage({ apt: 'tmux', brew: 'tmux' }, progress);
    if (!findProgram('tmux')) say('  not installed: the full screen will not be tried in a real terminal');
  });
  return true;
}

function installPythonPackages() {
  if (isPythonReady(root)) return false;
  step('Python packages (.venv)', () => {
    const problem = installPython(root);
    if (problem) fail(...problem);
  });
  return true;
}

function build() {
  const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
  const before = existsSync(join(root, 'tui', 'dist', 'main.js'));
  const compile = () => {
    const result = spawnSync(process.execPath, [tsc, '-b'], { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] });
    if (result.status !== 0) fail('The build failed.', 'The compiler messages above name file and line.');
  };
  if (before) compile();
  else step('build', compile);
  return !before;
}

function goOn([script, ...args]) {
  const nats = findNatsServer();
  const path = nats ? `${process.env.PATH}${delimiter}${dirname(nats)}` : process.env.PATH;
  const child = spawn(process.execPath, [join(root, script), ...args, ...rest], {
    cwd: root,
    stdio: 'inherit',
    env: { ...process.env, PATH: path },
  });
  // Ctrl-C reaches the child through the terminal; the other signals come to this process alone.
  process.on('SIGINT', () => {});
  for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  child.on('exit', (code, signal) => process.exit(code ?? (signal === 'SIGINT' ? 130 : 1)));
}

function step(name, work) {
  const at = Date.now();
  say(`${name} …`);
  work((what) => say(`  ${what} …`));
  say(`${name} done, ${seconds(at)}`);
}

function say(line) {
  console.error(`[setup] ${line}`);
}

function seconds(since) {
  return `${((Date.now() - since) / 1000).toFixed(1)} s`;
}

function fail(what, remedy) {
  console.error(`[setup] ${what}\n[setup] ${remedy}`);
  process.exit(1);
}
