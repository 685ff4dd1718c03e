import { afterAll, expect, test } from 'vitest';
import { type KitNetwork, openKitNetwork } from '../kit/core/kit-network.js';
import { killLine, killRate, leastKillRate, type MutantVerdict, verdictLine } from '../kit/core/mutant.js';
import { runScenarios } from '../kit/core/run-scenarios.js';
import type { NetworkKind } from '../kit/core/scenario.js';
import { unbrokenFaults } from '../kit/core/unbroken.js';
import { kitCoverage, readUnbroken } from '../kit/kit-data.js';
import { allMutants, tryAllMutants } from '../kit/mutants-of-all.js';
import { PeerPool } from '../kit/peer-process/peer-pool.js';
import { ownPeers, typescriptPeer } from '../kit/peer-programs.js';
import { registryScenarios } from '../kit/registry/index.js';
import { trialOf } from '../kit/registry/mutants.js';
import { allScenarios } from '../kit/scenarios.js';
import { agent } from '../peers/mutants/fault.js';
import { FaultyPool } from '../peers/mutants/faulty-pool.js';

const networks = new Map<NetworkKind, Promise<KitNetwork>>();
const network = (kind: NetworkKind): Promise<KitNetwork> => {
  const open = networks.get(kind) ?? openKitNetwork(kind);
  networks.set(kind, open);
  return open;
};

afterAll(async () => {
  for (const open of networks.values()) await (await open)[Symbol.asyncDispose]();
});

const survivorsOf = (verdicts: readonly MutantVerdict[]): string =>
  verdicts
    .filter(({ killedBy, isNotOffered }) => !killedBy && !isNotOffered)
    .map(verdictLine)
    .join('\n');

test('given a registry without a fault behind the layer of faults, when the kit judges it, then it is found good', async () => {
  const trial = trialOf({}, { network });
  const failures: unknown[] = [];
  for (const scenario of registryScenarios) {
    const { failure } = (await trial(scenario)) ?? {};
    if (failure) failures.push({ scenario: scenario.id, message: failure.message });
  }
  expect(failures).toEqual([]);
}, 300_000);

test('given an agent without a fault behind the layer of faults, when the kit judges it, then it is found good', async () => {
  const fault = {
    outgoing: <F>(frame: F) => [frame],
    incoming: <F>(frame: F) => [frame],
    queue: (_: string, queue: string | undefined) => queue,
  };
  await using good = new PeerPool(typescriptPeer);
  await using pool = new FaultyPool(good, agent('none', [], fault));
  const played = allScenarios.filter(({ role }) => role === 'agent' || role === 'client-registry');
  const results = await runScenarios(
    played.map((scenario) => ({ scenario, pools: [pool] })),
    { network },
  );
  expect(
    results.filter(({ verdict }) => verdict !== 'passed').map(({ scenario, failure }) => [scenario, failure]),
  ).toEqual([]);
}, 300_000);

test('given agents and registries with one fault each, when the kit judges them, then it names the fault of at least 95 in 100', async () => {
  const verdicts = await tryAllMutants({ peers: ownPeers(), faultsOn: 'one' });
  console.log([survivorsOf(verdicts), killLine(verdicts)].filter(Boolean).join('\n'));
  expect(killRate(verdicts), survivorsOf(verdicts)).toBeGreaterThanOrEqual(leastKillRate);
}, 900_000);

test('given the rules that scenarios play, when the mutants are held against them, then each MUST is broken by one or has a written reason', () => {
  expect(unbrokenFaults(kitCoverage(), allMutants, readUnbroken())).toEqual([]);
});

test('given a MUST without a mutant and a reason nobody needs, when they are held against the mutants, then both are faults', () => {
  const faults = unbrokenFaults(kitCoverage(), [], [{ rule: 'receipt.none', reason: 'there is no such rule' }]);
  expect(faults).toContain('no mutant breaks receipt.happy, and kit/unbroken.json gives no reason');
  expect(faults).toContain('kit/unbroken.json gives a needless reason for receipt.none');
});

test('given the mutants, when their names and rules are read, then each has a name of its own and breaks rules that scenarios of its role cite', () => {
  const names = allMutants.map(({ role, name }) => `${role} ${name}`);
  expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([]);
  const citedBy = (isRegistry: boolean) =>
    new Set(allScenarios.filter(({ role }) => (role === 'registry') === isRegistry).flatMap(({ rules }) => rules));
  const cited = { agent: citedBy(false), registry: citedBy(true) };
  const uncited = allMutants.filter(({ role, breaks }) => !breaks.some((rule) => cited[role].has(rule)));
  expect(uncited.map(({ name }) => name)).toEqual([]);
});
