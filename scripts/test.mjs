// Everything CI runs, in order: generated code up to date, lint and format, types of the tests, the same for
// Python, tests on both databases.
// A test that fails is tried once more, as its processes share a busy machine; if it passes then, it is named UNSTEADY.
// With arguments it runs only the test files whose path contains one of them. The last line is the sum over all parts.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findProgram, installPackage } from './programs.mjs';
import { pythonProgram } from './python.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const filters = process.argv.slice(2);
const count = { passed: 0, failed: 0, skipped: 0 };

const staticChecks = [
  ['generated code is up to date (npm run gen)', ['tsx/dist/cli.mjs', 'codegen/src/main.ts', 'gen', '--check']],
  ['lint and format (npm run format)', ['@biomejs/biome/bin/biome', 'ci', '.']],
  ['types of the tests', ['typescript/bin/tsc', '-p', 'tsconfig.tests.json']],
];
const release = lastReleaseTag();
if (release) {
  const command = ['tsx/dist/cli.mjs', 'codegen/src/main.ts', 'diff', release];
  staticChecks.push([`the spec breaks nobody since ${release} (npm run spec:diff)`, command]);
}
if (filters.length === 0) for (const [name, command] of staticChecks) check(name, command);

if (filters.length === 0) checkPython();

if (filters.length === 0 || filters.some((filter) => filter.includes('tui'))) installShells();
const postgres = await openPostgres();
try {
  const databases = postgres ? { AGENTNET_TEST_POSTGRES_URL: postgres.url } : {};
  runTests(databases);
  if (filters.length === 0) runPythonTests(databases);
} finally {
  await postgres?.[Symbol.asyncDispose]();
}

const skipped = count.skipped > 0 ? `, ${count.skipped} skipped` : '';
console.log(`\n${count.passed} passed, ${count.failed} failed${skipped}`);
process.exit(count.failed === 0 && count.passed > 0 ? 0 : 1);

/** Undefined before the first release, and where there is no git history. */
function lastReleaseTag() {
  const { status, stdout } = spawnSync('git', ['describe', '--tags', '--abbrev=0', '--match', 'v*'], {
    cwd: root,
    encoding: 'utf8',
  });
  return status === 0 ? stdout.trim() : undefined;
}

function check(name, [script, ...args]) {
  checkProgram(name, process.execPath, [join(root, 'node_modules', script), ...args]);
}

function checkProgram(name, program, args, cwd = root) {
  const at = Date.now();
  const { status } = spawnSync(program, args, { cwd, stdio: 'inherit' });
  say(`${status === 0 ? 'ok' : 'FAILED'}: ${name}, ${((Date.now() - at) / 1000).toFixed(1)} s`);
  count[status === 0 ? 'passed' : 'failed'] += 1;
}

function checkPython() {
  const ruff = pythonProgram(root, 'ruff');
  checkProgram('lint of Python (ruff check)', ruff, ['check', '--quiet', '.']);
  checkProgram('format of Python (ruff format)', ruff, ['format', '--quiet', '--check', '.']);
  const python = pythonProgram(root, 'python');
  checkProgram(
    'types of Python (mypy --strict)',
    python,
    ['-m', 'mypy', '--no-error-summary'],
    join(root, 'sdk/python'),
  );
}

function runPythonTests(databases) {
  const first = pytest(databases);
  count.passed += first.passed;
  count.skipped += first.skipped;
  if (first.failed === 0) return;
  const again = first.passed > 0 ? pytest(databases, ['--last-failed', '--last-failed-no-failures', 'none']) : first;
  count.failed += again.failed;
  if (again === first) return;
  count.passed += again.passed;
  if (again.passed > 0) say(`UNSTEADY, passed at the second attempt: ${again.passed} of Python, named FAILED above`);
}

/** How many tests passed, failed and were skipped; a run without a report is one failure. */
function pytest(databases, args = []) {
  const folder = mkdtempSync(join(tmpdir(), 'agentnet-tests-'));
  const report = join(folder, 'pytest.xml');
  const { status } = spawnSync(pythonProgram(root, 'python'), ['-m', 'pytest', '-q', `--junitxml=${report}`, ...args], {
    cwd: join(root, 'sdk/python'),
    stdio: 'inherit',
    env: { ...process.env, ...databases },
  });
  try {
    const [suite = ''] = /<testsuite [^>]*>/.exec(readFileSync(report, 'utf8')) ?? [];
    const number = (name) => Number(new RegExp(` ${name}="(\\d+)"`).exec(suite)?.[1] ?? Number.NaN);
    const [failed, skipped] = [number('failures') + number('errors'), number('skipped')];
    if (Number.isNaN(failed)) throw new Error('the report has no counts');
    const passed = number('tests') - failed - skipped;
    return { passed, skipped, failed: failed === 0 && status !== 0 ? 1 : failed };
  } catch {
    say('FAILED: pytest wrote no report');
    return { passed: 0, skipped: 0, failed: 1 };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The shells whose completion is tried; without one, its tests are skipped by name. */
function installShells() {
  const missing = () => ['zsh', 'fish'].filter((name) => !findProgram(name));
  const wanted = missing();
  if (wanted.length === 0) return;
  say(`${wanted.join(' and ')} missing; installing for the tests …`);
  installPackage({ apt: wanted, brew: wanted }, say);
  for (const name of missing()) {
    say(
      `the tests of completion in ${name} are SKIPPED: install it (Debian: apt install ${name}; macOS: brew install ${name})`,
    );
  }
}

/** A throw-away server; undefined, and the suites on PostgreSQL skipped, where it can be neither found nor installed. */
async function openPostgres() {
  const { findPostgresPrograms, startPostgres } = await import('../contract-tests/dist/harness/postgres-cluster.js');
  if (!findPostgresPrograms()) {
    say('PostgreSQL is missing; installing it for the tests …');
    installPackage({ apt: 'postgresql', brew: 'postgresql@16' }, say);
  }
  const programs = findPostgresPrograms();
  if (programs) return startPostgres(programs);
  say(
    'the suites on PostgreSQL are SKIPPED: install it (Debian: apt install postgresql; macOS: brew install postgresql)',
  );
  return undefined;
}

function runTests(extra) {
  const folder = mkdtempSync(join(tmpdir(), 'agentnet-tests-'));
  const report = join(folder, 'vitest.json');
  const reporters = ['default', 'json', './scripts/unsteady-tests.mjs'].map((name) => `--reporter=${name}`);
  const args = ['run', '--retry=1', ...reporters, `--outputFile.json=${report}`, ...filters];
  const { status } = node('vitest/vitest.mjs', args, { ...process.env, ...extra });
  try {
    const result = JSON.parse(readFileSync(report, 'utf8'));
    count.passed += result.numPassedTests;
    count.failed += result.numFailedTests;
    count.skipped += result.numPendingTests + result.numTodoTests;
    // A file that cannot be loaded, or an unhandled error, fails the run without a failed test.
    if (status !== 0 && result.numFailedTests === 0) count.failed += 1;
  } catch {
    say('FAILED: the test runner wrote no report');
    count.failed += 1;
  }
  rmSync(folder, { recursive: true, force: true });
}

function node(script, args, env) {
  return spawnSync(process.execPath, [join(root, 'node_modules', script), ...args], {
    cwd: root,
    stdio: 'inherit',
    env,
  });
}

function say(line) {
  console.error(`[test] ${line}`);
}
