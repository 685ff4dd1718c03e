import type { FaultyAgent } from '../peers/mutants/fault.js';
import { faultyAgents } from '../peers/mutants/faulty-agents.js';
import { FaultyPool } from '../peers/mutants/faulty-pool.js';
import { inLanes } from './core/in-lanes.js';
import { type KitNetwork, openKitNetwork } from './core/kit-network.js';
import { type MutantFacts, type MutantVerdict, type Trial, tryMutant } from './core/mutant.js';
import { runScenarios } from './core/run-scenarios.js';
import type { NetworkKind } from './core/scenario.js';
import { PeerPool } from './peer-process/peer-pool.js';
import type { PeerProgram } from './peer-process/peer-process.js';
import type { FaultyRegistry } from './registry/mutants/fault.js';
import { registryMutants, tryRegistryMutants } from './registry/mutants.js';
import { allScenarios } from './scenarios.js';

/** Every broken agent and registry there is. */
export const allMutants: readonly MutantFacts[] = [...faultyAgents, ...registryMutants];

/** What the kit is tried with. */
export interface MutantsOptions {
  /** The good implementations that are made faulty. */
  readonly peers: readonly PeerProgram[];
  /** `each`: every one of them in every way. `one`: each fault is put on one of them, in turn. @default 'each' */
  readonly faultsOn?: 'each' | 'one';
  /** @default all */
  readonly agents?: readonly FaultyAgent[];
  /** @default all */
  readonly registries?: readonly FaultyRegistry[];
  /** Hears of each verdict as it comes. */
  readonly onVerdict?: (verdict: MutantVerdict) => void;
}

/** Tries the kit on broken agents and registries. */
export async function tryAllMutants(options: MutantsOptions): Promise<MutantVerdict[]> {
  const open = new Map<NetworkKind, Promise<KitNetwork>>();
  const network = (kind: NetworkKind): Promise<KitNetwork> => {
    const known = open.get(kind) ?? openKitNetwork(kind);
    open.set(kind, known);
    return known;
  };
  const { registries = registryMutants, onVerdict } = options;
  try {
    const both = await Promise.all([
      tryAgentMutants(network, options),
      tryRegistryMutants({ network, ...(onVerdict && { onVerdict }) }, registries),
    ]);
    return both.flat();
  } finally {
    for (const each of open.values()) await each.then((one) => one[Symbol.asyncDispose]()).catch(() => undefined);
  }
}

/** Most of a trial is waiting for what a mutant does not do. */
const lanes = 10;

async function tryAgentMutants(
  network: (kind: NetworkKind) => Promise<KitNetwork>,
  { peers, faultsOn = 'each', agents = faultyAgents, onVerdict }: MutantsOptions,
): Promise<MutantVerdict[]> {
  const pools = peers.map((program) => new PeerPool(program));
  const trials = agents.flatMap((mutant, place) =>
    pools.filter((_, index) => faultsOn === 'each' || index === place % pools.length).map((pool) => ({ mutant, pool })),
  );
  try {
    return await inLanes(trials, lanes, async ({ mutant, pool }) => {
      await using faulty = new FaultyPool(pool, mutant);
      const scenarios = allScenarios.filter(
        ({ role, rules, needs = [] }) =>
          (role === 'agent' || role === 'client-registry') &&
          mutant.breaks.some((rule) => rules.includes(rule)) &&
          (mutant.needs ?? []).every((feature) => needs.includes(feature)),
      );
      const trial: Trial = async (scenario) =>
        (await runScenarios([{ scenario, pools: [faulty] }], { network, parallel: 1 }))[0];
      const verdict = await tryMutant(pool.program.name, mutant, { scenarios, trial });
      onVerdict?.(verdict);
      return verdict;
    });
  } finally {
    for (const pool of pools) await pool[Symbol.asyncDispose]();
  }
}
