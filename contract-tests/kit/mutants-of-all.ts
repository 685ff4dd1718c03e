import type { FaultyAgent } from '../peers/mutants/fault.js';
import { faultyAgents } from '../peers/mutants/faulty-agents.js';
import { type KitNetwork, openKitNetwork } from './core/kit-network.js';
import { killRate, type MutantVerdict } from './core/mutant.js';
import { runScenarios } from './core/run-scenarios.js';
import type { NetworkKind } from './core/scenario.js';
import { PeerPool } from './peer-process/peer-pool.js';
import { typescriptPeer } from './peer-programs.js';
import { tryRegistryMutants } from './registry/mutants.js';
import { allScenarios } from './scenarios.js';

type Networks = (kind: NetworkKind) => Promise<KitNetwork>;

/** Tries the kit on every broken agent and registry; returns the share it noticed, in per cent. */
export async function tryAllMutants(tell: (line: string) => void): Promise<number> {
  const open = new Map<NetworkKind, Promise<KitNetwork>>();
  const network: Networks = (kind) => {
    const known = open.get(kind) ?? openKitNetwork(kind);
    open.set(kind, known);
    return known;
  };
  try {
    const agents = await tryAgentMutants(network, tell);
    const registries = await tryRegistryMutants({ network, onVerdict: (verdict) => tell(lineOf(verdict)) });
    const all = [...agents, ...registries];
    const killed = all.filter(({ killedBy }) => killedBy.length > 0).length;
    for (const { name, survives } of all.filter(({ killedBy }) => killedBy.length === 0))
      tell(`survivor: ${name} (${survives ?? 'no reason is known'})`);
    tell(`mutants: ${killed} of ${all.length} killed (${killRate(all).toFixed(1)} %)`);
    return killRate(all);
  } finally {
    for (const each of open.values()) await each.then((one) => one[Symbol.asyncDispose]()).catch(() => undefined);
  }
}

/** Puts every faulty agent under the scenarios that cite what it breaks, until one of them notices. */
export async function tryAgentMutants(
  network: Networks,
  tell: (line: string) => void,
  mutants: readonly FaultyAgent[] = faultyAgents,
): Promise<MutantVerdict[]> {
  const waiting = [...mutants];
  const verdicts: MutantVerdict[] = [];
  const lane = async (): Promise<void> => {
    for (let next = waiting.shift(); next; next = waiting.shift()) {
      const verdict = { ...next, killedBy: await killersOf(next, network) };
      verdicts.push(verdict);
      tell(lineOf(verdict));
    }
  };
  await Promise.all(Array.from({ length: 3 }, lane));
  return verdicts;
}

async function killersOf({ name, breaks }: FaultyAgent, network: Networks): Promise<string[]> {
  const command = typescriptPeer.command.replace('/peers/typescript/main.js', '/peers/mutants/main.js');
  await using pool = new PeerPool({ name: `mutant ${name}`, command, env: { AGENTNET_MUTANT: name } });
  const wanted = allScenarios.filter(
    ({ role, rules }) =>
      (role === 'agent' || role === 'client-registry') && breaks.some((rule) => rules.includes(rule)),
  );
  for (const scenario of wanted) {
    const [result] = await runScenarios([{ scenario, pools: [pool] }], { network });
    if (result?.verdict === 'failed') return [scenario.id];
  }
  return [];
}

function lineOf({ name, killedBy }: MutantVerdict): string {
  return `${killedBy.length > 0 ? 'killed  ' : 'SURVIVED'} ${name}${killedBy[0] ? ` by ${killedBy[0]}` : ''}`;
}
