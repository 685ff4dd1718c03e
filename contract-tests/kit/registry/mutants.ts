import { inLanes } from '../core/in-lanes.js';
import type { KitNetwork } from '../core/kit-network.js';
import { joinKitNetwork } from '../core/kit-network.js';
import { type MutantVerdict, type Trial, tryMutant } from '../core/mutant.js';
import { runScenarios } from '../core/run-scenarios.js';
import type { NetworkKind } from '../core/scenario.js';
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
  /** Mutants that are tried side by side. @default 8 */
  readonly parallel?: number;
  /** Hears of each verdict as it comes. */
  readonly onVerdict?: (verdict: MutantVerdict) => void;
}

/** Puts every faulty registry under the scenarios that cite what it breaks, until a judge names one of these rules. */
export function tryRegistryMutants(options: MutantOptions, mutants = registryMutants): Promise<MutantVerdict[]> {
  return inLanes(mutants, options.parallel ?? 8, async (mutant) => {
    const scenarios = registryScenarios.filter(({ rules }) => mutant.breaks.some((rule) => rules.includes(rule)));
    const trial = trialOf(mutant.fault, options);
    const verdict = await tryMutant('registry', mutant, { scenarios, trial });
    options.onVerdict?.(verdict);
    return verdict;
  });
}

/** Plays scenarios with a registry that has a fault; without one, whatever fails is the kit's own fault. */
export const trialOf =
  (fault: Fault, { network }: Pick<MutantOptions, 'network'>): Trial =>
  async (scenario) => {
    const kind = scenario.network ?? 'open';
    const real = await network(kind);
    await using faulty = await startFaultyRegistry(fault, real.natsUrl);
    await using front = await joinKitNetwork(faulty.natsUrl, kind);
    const [result] = await runScenarios([{ scenario, pools: [] }], { network: async () => front });
    return result;
  };
