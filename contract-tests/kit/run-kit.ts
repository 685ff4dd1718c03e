import type { RuleId } from '@agentnet/protocol';
import { joinKitNetwork, type KitNetwork, openKitNetwork } from './core/kit-network.js';
import type { Result } from './core/result.js';
import { type Casting, runScenarios } from './core/run-scenarios.js';
import type { NetworkKind, Scenario } from './core/scenario.js';
import { globOf } from './glob.js';
import { PeerPool } from './peer-process/peer-pool.js';
import type { PeerProgram } from './peer-process/peer-process.js';
import { allScenarios } from './scenarios.js';

/** What the kit is to judge. */
export interface KitOptions {
  /** Implementations of agents. @default none */
  readonly peers?: readonly PeerProgram[];
  /** Implementations a pair's second place is cast with. @default the peers */
  readonly partners?: readonly PeerProgram[];
  /** Whether registries are on trial: the package's own, or the one at `registryUrl`. @default true when a URL is given */
  readonly registry?: boolean;
  /** NATS URL of a running registry. */
  readonly registryUrl?: string;
  /** A superuser's URL of a PostgreSQL server: the package's own registry is then on trial on both databases. */
  readonly postgresUrl?: string;
  /** Plays only scenarios that cite a rule of this form, for instance `receipt.*`. */
  readonly rules?: string;
  /** Plays only scenarios whose id has this form. */
  readonly only?: string;
  /** Scenarios side by side. @default 6 */
  readonly parallel?: number;
  readonly onResult?: (result: Result) => void;
}

/** Judges implementations of agents and registries. */
export async function runKit(options: KitOptions): Promise<Result[]> {
  const pools = new Map<PeerProgram, PeerPool>();
  const networks = new Map<string, Promise<KitNetwork>>();
  const network = (kind: NetworkKind, registry?: string): Promise<KitNetwork> => {
    const key = `${kind} ${registry === onPostgres ? registry : ''}`;
    const known = networks.get(key) ?? openNetwork(kind, registry, options);
    networks.set(key, known);
    return known;
  };
  const poolOf = (program: PeerProgram): PeerPool => {
    const pool = pools.get(program) ?? new PeerPool(program);
    pools.set(program, pool);
    return pool;
  };
  try {
    return await runScenarios(cast(options, poolOf), {
      network,
      ...(options.parallel && { parallel: options.parallel }),
      ...(options.onResult && { onResult: options.onResult }),
    });
  } finally {
    for (const pool of pools.values()) await pool[Symbol.asyncDispose]();
    for (const open of networks.values()) await open.then((each) => each[Symbol.asyncDispose]()).catch(() => undefined);
  }
}

const onPglite = 'registry on pglite';
const onPostgres = 'registry on postgres';

function openNetwork(kind: NetworkKind, registry: string | undefined, options: KitOptions): Promise<KitNetwork> {
  const { registryUrl, postgresUrl } = options;
  if (registryUrl && kind === 'open') return joinKitNetwork(registryUrl, kind);
  return openKitNetwork(kind, registry === onPostgres ? postgresUrl : undefined);
}

/** The scenarios that are wanted, each with everybody it is played with. */
function cast(options: KitOptions, poolOf: (program: PeerProgram) => PeerPool): Casting[] {
  const { peers = [], partners = peers, registryUrl, registry = registryUrl !== undefined, postgresUrl } = options;
  const registries = registryUrl === undefined ? [onPglite, ...(postgresUrl ? [onPostgres] : [])] : ['registry'];
  const wanted = selectScenarios(options);
  return wanted.flatMap((scenario): Casting[] => {
    if (scenario.role === 'registry') {
      // Nobody knows whether somebody else's registry verifies signatures; only its open side is judged.
      const isPlayable = registry && (registryUrl === undefined || (scenario.network ?? 'open') === 'open');
      return isPlayable ? registries.map((name) => ({ scenario, pools: [], registry: name })) : [];
    }
    if (scenario.role !== 'pair') return peers.map((peer) => ({ scenario, pools: [poolOf(peer)] }));
    const pairs = peers.flatMap((first) => partners.map((second) => [poolOf(first), poolOf(second)]));
    return pairs.map((pair) => ({ scenario, pools: pair }));
  });
}

/** The scenarios that `rules` and `only` name. */
export function selectScenarios({ rules, only }: Pick<KitOptions, 'rules' | 'only'>): readonly Scenario[] {
  const [rule, id] = [globOf(rules), globOf(only)];
  return allScenarios.filter((each) => id.test(each.id) && each.rules.some((cited: RuleId) => rule.test(cited)));
}
