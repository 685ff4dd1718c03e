import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { Command } from 'commander';
import { findPostgresPrograms, startPostgres } from '../harness/postgres-cluster.js';
import { caseFaults, coverageLine } from './core/coverage.js';
import { coverageHtml, coverageMarkdown } from './core/coverage-page.js';
import { unexpected } from './core/expected-failures.js';
import { killLine, killRate, leastKillRate, type MutantVerdict, verdictLine } from './core/mutant.js';
import { changedRequirements, requirementsNow } from './core/requirements.js';
import type { Result } from './core/result.js';
import { unbrokenFaults } from './core/unbroken.js';
import {
  kitCoverage,
  kitFiles,
  readExpectedFailures,
  readRequirements,
  readUnbroken,
  readUnplayedCases,
} from './kit-data.js';
import { allMutants, tryAllMutants } from './mutants-of-all.js';
import { ownPeers } from './peer-programs.js';
import { runKit } from './run-kit.js';
import { allScenarios } from './scenarios.js';

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
  .option('--mutants', 'only tries the kit on broken agents and registries')
  .option('--write-coverage', 'writes coverage/coverage.{md,html} and plays nothing')
  .option('--freeze', 'freezes the texts of the rules as they are now and plays nothing');

const flags = program.parse().opts<Flags>();
const coverage = kitCoverage();
const peers = ownPeers(flags.writeCoverage || flags.freeze ? undefined : console.log).filter(
  ({ name }) => !flags.peer || name === flags.peer,
);

if (flags.writeCoverage) {
  mkdirSync(dirname(kitFiles.coverageMarkdown), { recursive: true });
  writeFileSync(kitFiles.coverageMarkdown, coverageMarkdown(coverage));
  writeFileSync(kitFiles.coverageHtml, coverageHtml(coverage));
  console.log(coverageLine(coverage));
} else if (flags.freeze) {
  writeFileSync(kitFiles.requirements, `${JSON.stringify(requirementsNow('1.0'), null, 2)}\n`);
} else {
  const isAll = !flags.rules && !flags.only;
  const conforms = flags.mutants || (await play(flags));
  const verdicts = isAll ? await tryMutants() : undefined;
  console.log(coverageLine(coverage));
  if (verdicts) console.log(killLine(verdicts));
  process.exitCode = conforms && (!verdicts || killRate(verdicts) >= leastKillRate) ? 0 : 1;
}

async function play({ rules, only }: Flags): Promise<boolean> {
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
  const unbroken = unbrokenFaults(coverage, allMutants, readUnbroken());
  const undone = caseFaults(allScenarios, readUnplayedCases());
  const faults = [...coverage.faults, ...undone, ...unbroken, ...stale, ...changedRequirements(readRequirements())];
  for (const fault of faults) console.log(`fault: ${fault}`);
  const count = (wanted: Result['verdict']): number => results.filter(({ verdict }) => verdict === wanted).length;
  const told = `${failures.length} failed, ${count('not offered')} not offered`;
  console.log(`${count('passed')} of ${results.length} passed, ${told}`);
  return failures.length + faults.length === 0 && count('passed') > 0;
}

function tryMutants(): Promise<readonly MutantVerdict[]> {
  return tryAllMutants({ peers, onVerdict: (verdict) => console.log(verdictLine(verdict)) });
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
