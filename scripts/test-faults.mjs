// Runs the fault suite in its full form and prints what each fault did. `--write` keeps the table in the registry's README.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const readme = join(root, 'registry', 'README.md');
const region = /(<!-- faults -->\n)[\s\S]*?(<!-- \/faults -->)/;

const folder = mkdtempSync(join(tmpdir(), 'agentnet-faults-'));
const report = join(folder, 'outcomes.jsonl');
writeFileSync(report, '');
const { status } = spawnSync(
  process.execPath,
  [join(root, 'node_modules/vitest/vitest.mjs'), 'run', 'contract-tests/faults/faults.test.ts'],
  { cwd: root, stdio: 'inherit', env: { ...process.env, AGENTNET_FAULTS: 'full', AGENTNET_FAULTS_REPORT: report } },
);
const outcomes = readFileSync(report, 'utf8').split('\n').filter(Boolean).map(JSON.parse);
rmSync(folder, { recursive: true, force: true });
const table = tableOf(outcomes);
console.log(`\n${table}`);
if (process.argv.includes('--write') && status === 0) {
  const machine = `Measured on ${cpus().length} cores with Node.js ${process.versions.node}.`;
  writeFileSync(readme, readFileSync(readme, 'utf8').replace(region, `$1${table}\n${machine}\n$2`));
}
process.exit(status ?? 1);

function tableOf(rows) {
  const columns = [
    ['What happens', ({ scenario }) => scenario],
    ['Database', ({ database }) => database],
    ['Sent', ({ sent }) => sent],
    ['Accepted by NATS', ({ accepted }) => accepted],
    ['In the history', ({ inHistory }) => inHistory],
    ['Lost', ({ lost }) => lost],
    ['Counters', ({ wrongCounters }) => (wrongCounters.length === 0 ? 'exact' : `${wrongCounters.length} wrong`)],
    ['Calls', ({ calls }) => calls],
    ['Failed in flight or while broken', ({ failedDuring }) => failedDuring],
    ['Failed otherwise', ({ failedOtherwise }) => failedOtherwise.length],
    ['Answers after', ({ answersAfterMs }) => seconds(answersAfterMs)],
    ['History complete after', ({ completeAfterMs }) => seconds(completeAfterMs)],
  ];
  const line = (cells) => `| ${cells.join(' | ')} |\n`;
  return [
    line(columns.map(([head]) => head)),
    line(columns.map(() => '---')),
    ...rows.map((row) => line(columns.map(([, read]) => read(row)))),
  ].join('');
}

function seconds(ms) {
  return `${(ms / 1000).toFixed(1)} s`;
}
