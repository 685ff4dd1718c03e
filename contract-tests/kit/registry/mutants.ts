import type { KitNetwork } from '../core/kit-network.js';
import { joinKitNetwork } from '../core/kit-network.js';
import type { MutantVerdict } from '../core/mutant.js';
import { runScenarios } from '../core/run-scenarios.js';
import type { NetworkKind, Scenario } from '../core/scenario.js';
import { registryScenarios } from './index.js';
import { authMutants } from './mutants/auth.js';
import { discoveryMutants } from './mutants/discovery.js';
import type { Fault, FaultyRegistry } from './mutants/fault.js';
import { historyMutants } from './mutants/history.js';
import { identityMutants } from './mutants/identity.js';
import { presenceMutants } from './mutants/presence.js';
import { startFaultyRegistry } from './mutants/proxy.js';
import { rpcMutants } from './mutants/rpc.js';
import { threadMutants } from './mutants/threads.js';

/** Every way in which a registry can be wrong that the kit is tried with. */
export const registryMutants: readonly FaultyRegistry[] = [
  ...identityMutants,
  ...presenceMutants,
  ...discoveryMutants,
  ...rpcMutants,
  ...threadMutants,
  ...historyMutants,
  ...authMutants,
];

export interface MutantOptions {
  /** Gives the networks whose registries the mutants ask. */
  readonly network: (kind: NetworkKind) => Promise<KitNetwork>;
  /** Mutants that are tried side by side. @default 6 */
  readonly parallel?: number;
  /** Hears of each verdict as it comes. */
  readonly onVerdict?: (verdict: MutantVerdict) => void;
}

/** Puts every faulty registry under the scenarios that cite what it breaks, until one of them notices. */
export async function tryRegistryMutants(options: MutantOptions, mutants = registryMutants): Promise<MutantVerdict[]> {
  const waiting = [...mutants];
  const verdicts: MutantVerdict[] = [];
  const lane = async (): Promise<void> => {
    for (let next = waiting.shift(); next; next = waiting.shift()) {
      const { fault, ...facts } = next;
      const verdict = { ...facts, killedBy: await killersOf(fault, scenariosCiting(next), options) };
      verdicts.push(verdict);
      options.onVerdict?.(verdict);
    }
  };
  await Promise.all(Array.from({ length: options.parallel ?? 6 }, lane));
  return verdicts;
}

function scenariosCiting({ breaks }: FaultyRegistry): readonly Scenario[] {
  return registryScenarios.filter(({ rules }) => breaks.some((rule) => rules.includes(rule)));
}

/** The first scenario that fails for the registry with a fault; none without a fault, or the kit itself is at fault. */
export async function killersOf(
  fault: Fault,
  scenarios: readonly Scenario[],
  { network }: MutantOptions,
): Promise<string[]> {
  for (const scenario of scenarios) {
    const kind = scenario.network ?? 'open';
    const real = await network(kind);
    await using faulty = await startFaultyRegistry(fault, real.natsUrl);
    await using front = await joinKitNetwork(faulty.natsUrl, kind);
    const [result] = await runScenarios([{ scenario, pools: [] }], { network: async () => front });
    if (result?.verdict === 'failed') return [scenario.id];
  }
  return [];
}
