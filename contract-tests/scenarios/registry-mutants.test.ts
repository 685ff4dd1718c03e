import { afterAll, expect, test } from 'vitest';
import { type KitNetwork, openKitNetwork } from '../kit/core/kit-network.js';
import { killRate } from '../kit/core/mutant.js';
import type { NetworkKind } from '../kit/core/scenario.js';
import { registryScenarios } from '../kit/registry/index.js';
import { killersOf, registryMutants, tryRegistryMutants } from '../kit/registry/mutants.js';

const networks = new Map<NetworkKind, Promise<KitNetwork>>();
const network = (kind: NetworkKind): Promise<KitNetwork> => {
  const open = networks.get(kind) ?? openKitNetwork(kind);
  networks.set(kind, open);
  return open;
};

afterAll(async () => {
  for (const open of networks.values()) await (await open)[Symbol.asyncDispose]();
});

test('given a registry without a fault behind the layer of faults, when the kit judges it, then it is found good', async () => {
  expect(await killersOf({}, registryScenarios, { network })).toEqual([]);
}, 300_000);

test('given registries with one fault each, when the kit judges them, then it notices at least 95 of 100', async () => {
  const verdicts = await tryRegistryMutants({ network });
  const survivors = verdicts.filter(({ killedBy }) => killedBy.length === 0).map(({ name }) => name);
  const rate = killRate(verdicts);
  console.log(
    `registry mutants: ${verdicts.length - survivors.length} of ${verdicts.length} noticed (${rate.toFixed(1)} %)`,
  );
  expect(rate, `not noticed: ${survivors.join(', ')}`).toBeGreaterThanOrEqual(95);
}, 900_000);

test('given the mutants, when their names are read, then each has one of its own and breaks a rule some registry scenario cites', () => {
  const names = registryMutants.map(({ name }) => name);
  expect(names).toHaveLength(new Set(names).size);
  const cited = new Set(registryScenarios.flatMap(({ rules }) => rules));
  expect(
    registryMutants.filter(({ breaks }) => !breaks.every((rule) => cited.has(rule))).map(({ name }) => name),
  ).toEqual([]);
});

test('given the rules registry scenarios cite, when the mutants are counted by them, then each rule is broken by one', () => {
  const broken = new Set(registryMutants.flatMap(({ breaks }) => breaks));
  const cited = new Set(registryScenarios.flatMap(({ rules }) => rules));
  expect([...cited].filter((rule) => !broken.has(rule))).toEqual([]);
});
