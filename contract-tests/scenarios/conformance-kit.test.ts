import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { coverageHtml, coverageMarkdown } from '../kit/core/coverage-page.js';
import { unexpected } from '../kit/core/expected-failures.js';
import { changedRequirements } from '../kit/core/requirements.js';
import type { Result } from '../kit/core/result.js';
import {
  columns,
  kitCoverage,
  kitFiles,
  readExclusions,
  readExpectedFailures,
  readRequirements,
} from '../kit/kit-data.js';
import { PeerPool } from '../kit/peer-process/peer-pool.js';
import { ownPeers, packageFolder, typescriptPeer } from '../kit/peer-programs.js';
import { runKit } from '../kit/run-kit.js';
import { allScenarios } from '../kit/scenarios.js';
import { faultyAgents } from '../peers/mutants/faulty-agents.js';

const workspace = join(packageFolder, '..');

test('given the rules, when the kit’s scenarios are held against them, then every MUST has one or a written reason', () => {
  expect(kitCoverage().faults).toEqual([]);
});

test('given the exclusions, when the tests they name are read, then each cites its rule', () => {
  const textOf = (file: string) => readFileSync(join(workspace, file), 'utf8');
  expect(readExclusions().filter(({ rule, test: file }) => !textOf(file).includes(rule))).toEqual([]);
});

test('given the frozen requirements, when the rules are read, then none has changed; npm run conformance -- --freeze freezes deliberately', () => {
  expect(changedRequirements(readRequirements())).toEqual([]);
});

test('given the committed coverage pages, when they are written anew, then they are the same; npm run conformance -- --write-coverage writes them', () => {
  const coverage = kitCoverage();
  expect(readFileSync(kitFiles.coverageMarkdown, 'utf8')).toBe(coverageMarkdown(coverage));
  expect(readFileSync(kitFiles.coverageHtml, 'utf8')).toBe(coverageHtml(coverage));
});

test('given scenarios and mutants, when their names are read, then none is there twice', () => {
  for (const names of [allScenarios.map(({ id }) => id), faultyAgents.map(({ name }) => name)])
    expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([]);
});

test('given a failure that is expected and passes, when the results are judged, then it is stale', () => {
  const [scenario, subjects] = ['receipts.happy', ['typescript']];
  const about = { scenario, title: '', role: 'agent', rules: [], cases: [], subjects } as const;
  const result: Result = { ...about, verdict: 'passed', ms: 1 };
  expect(unexpected([result], [{ scenario, subjects, reason: 'it once failed' }]).stale).toHaveLength(1);
});

test('given the peers of this repository, when they say hello, then they offer what the coverage pages count', async () => {
  for (const program of ownPeers(console.log)) {
    await using pool = new PeerPool(program);
    const offers = columns.find(({ name }) => name === program.name)?.offers;
    expect({ name: program.name, offers: [...(await pool.features())].sort() }).toEqual({
      name: program.name,
      offers: [...(offers ?? [])].sort(),
    });
  }
}, 300_000);

test('given the peers of this repository, when each and every pair of them is put under the kit, then all conform', async () => {
  const results = await runKit({ peers: ownPeers(console.log) });
  const { failures, stale } = unexpected(results, readExpectedFailures());
  const told = failures.map(({ scenario, subjects, failure }) => ({ scenario, subjects, message: failure?.message }));
  expect({ failures: told, stale }).toEqual({ failures: [], stale: [] });
  expect(results.length).toBeGreaterThan(100);
}, 600_000);

test('given this repository’s registry on each database, when it is put under the kit, then it conforms', async () => {
  const postgresUrl = process.env['AGENTNET_TEST_POSTGRES_URL'];
  const results = await runKit({ registry: true, ...(postgresUrl && { postgresUrl }) });
  const told = results.flatMap(({ scenario, subjects, failure }) =>
    failure ? [{ scenario, subjects, message: failure.message }] : [],
  );
  expect(told).toEqual([]);
  const subjects = new Set(results.flatMap((result) => result.subjects));
  expect([...subjects]).toEqual(['registry on pglite', ...(postgresUrl ? ['registry on postgres'] : [])]);
}, 600_000);

test('given a copy of a peer that drops a receipt, when it is judged, then the message names the rule, what was expected and the frames', async () => {
  const command = typescriptPeer.command.replace('/peers/typescript/main.js', '/peers/mutants/main.js');
  const broken = { name: 'broken', command, env: { AGENTNET_MUTANT: 'drops-accepted' } };
  const [result] = await runKit({ peers: [broken], only: 'receipts.happy' });
  expect(result).toMatchObject({ verdict: 'failed', failure: { rules: ['receipt.happy'] } });
  expect(result?.failure?.message).toContain('expected: ["accepted","processed"]');
  expect(result?.failure?.frames.some(({ subject }) => subject.endsWith('.receipts'))).toBe(true);
}, 300_000);
