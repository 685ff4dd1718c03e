import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { Command } from 'commander';
import { findPostgresPrograms, startPostgres } from '../harness/postgres-cluster.js';
import { coverageLine } from './core/coverage.js';
import { coverageHtml, coverageMarkdown } from './core/coverage-page.js';
import { unexpected } from './core/expected-failures.js';
import { killLine, killRate, verdictLine } from './core/mutant.js';
import { changedRequirements, requirementsNow } from './core/requirements.js';
import type { Result } from './core/result.js';
import { kitCoverage, kitFiles, readExpectedFailures, readRequirements } from './kit-data.js';
import { tryAllMutants } from './mutants-of-all.js';
import { ownPeers } from './peer-programs.js';
import { runKit } from './run-kit.js';

interface Flags {
  rules?: string;
  only?: string;
  peer?: string;
  writeCoverage?: boolean;
  freeze?: boolean;
  mutants?: boolean;
}

const program = new Command('conformance')
  .description('Plays the conformance scenarios with every pair of the peers of this repository and with its registry')
  .option('--rules <glob>', 'only scenarios that cite such a rule, for instance "receipt.*"')
  .option('--only <glob>', 'only scenarios with such an id, for instance "streams.*"')
  .option('--peer <name>', 'only this peer: typescript, python or go')
  .option('--mutants', 'tries the kit on broken agents and registries instead, and prints how many it notices')
  .option('--write-coverage', 'writes coverage/coverage.{md,html} and plays nothing')
  .option('--freeze', 'freezes the texts of the rules as they are now and plays nothing');

const flags = program.parse().opts<Flags>();
const coverage = kitCoverage();

if (flags.writeCoverage) {
  mkdirSync(dirname(kitFiles.coverageMarkdown), { recursive: true });
  writeFileSync(kitFiles.coverageMarkdown, coverageMarkdown(coverage));
  writeFileSync(kitFiles.coverageHtml, coverageHtml(coverage));
  console.log(coverageLine(coverage));
} else if (flags.freeze) {
  writeFileSync(kitFiles.requirements, `${JSON.stringify(requirementsNow('1.0'), null, 2)}\n`);
} else if (flags.mutants) {
  process.exitCode = await tryMutants(flags);
} else {
  process.exitCode = await play(flags);
}

async function play({ rules, only, peer }: Flags): Promise<number> {
  const peers = ownPeers(console.log).filter(({ name }) => !peer || name === peer);
  await using postgres = await openPostgres();
  const results = await runKit({
    peers,
    registry: true,
    ...(postgres && { postgresUrl: postgres.url }),
    ...(rules && { rules }),
    ...(only && { only }),
    onResult: tell,
  });
  const { failures, stale } = unexpected(results, readExpectedFailures());
  const faults = [...coverage.faults, ...stale, ...changedRequirements(readRequirements())];
  for (const fault of faults) console.log(`fault: ${fault}`);
  const passed = results.filter(({ verdict }) => verdict === 'passed').length;
  const absent = results.filter(({ verdict }) => verdict === 'not offered').length;
  console.log(`${passed} of ${results.length} passed, ${failures.length} failed, ${absent} not offered`);
  console.log(coverageLine(coverage));
  return failures.length + faults.length === 0 && passed > 0 ? 0 : 1;
}

async function tryMutants({ peer }: Flags): Promise<number> {
  const peers = ownPeers(console.log).filter(({ name }) => !peer || name === peer);
  const verdicts = await tryAllMutants({ peers, onVerdict: (verdict) => console.log(verdictLine(verdict)) });
  console.log(killLine(verdicts));
  return killRate(verdicts) >= 95 ? 0 : 1;
}

/** The server of the test run, else one of its own, else none. */
async function openPostgres(): Promise<({ readonly url: string } & AsyncDisposable) | undefined> {
  const url = process.env['AGENTNET_TEST_POSTGRES_URL'];
  if (url) return { url, [Symbol.asyncDispose]: async () => undefined };
  const programs = findPostgresPrograms();
  if (programs) return startPostgres(programs);
  console.log('the registry on postgres is skipped: PostgreSQL is not installed');
  return undefined;
}

function tell({ verdict, scenario, subjects, ms, failure }: Result): void {
  console.log(`${verdict.padEnd(12)} ${scenario} ${subjects.join(' -> ')} ${ms} ms`);
  if (!failure) return;
  const frames = failure.frames.map(
    ({ byKit, subject, reply = '', text }) => `${byKit ? '>' : '<'} ${subject} ${reply} ${text}`,
  );
  console.log([failure.message, ...frames].join('\n    '));
}
