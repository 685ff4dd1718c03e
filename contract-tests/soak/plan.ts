import { type Chance, chanceOf } from './random.js';

/** What a handler does with a message: succeed at once, after a while, fail, fail once, or wait until it is cancelled. */
export type Deed = 'ok' | 'slow' | 'error' | 'error-once' | 'hang';
/** How an order is sent. */
export type Manner = 'processed' | 'accepted' | 'request' | 'unconfirmed';

/** One message somebody is to send, with what is to become of it. */
export interface Order {
  readonly id: number;
  readonly from: number;
  readonly to: number;
  readonly manner: Manner;
  readonly deed: Deed;
  /** Milliseconds of a slow handler. */
  readonly workMs: number;
  /** Orders with a key are sent again under it when they fail, as an application does. */
  readonly isKeyed: boolean;
  /** Whether the target is named by its username. */
  readonly byName: boolean;
}

/** Something that breaks. */
export type Failure =
  | { readonly kind: 'drop' | 'hold'; readonly agents: readonly number[]; readonly forMs: number }
  | { readonly kind: 'nats' | 'registry' };

export interface PlannedAgent {
  readonly index: number;
  /** Agents of one username are sessions of one account. */
  readonly username: string;
  /** 0 is this process; the others are processes of their own. */
  readonly host: number;
  /** Whether it takes few messages at a time, so that it is `busy` now and then. */
  readonly isNarrow: boolean;
}

/** Orders that go out one after the other, and what breaks before order number `at` of them. */
export interface Round {
  readonly orders: readonly Order[];
  readonly failures: readonly { readonly at: number; readonly failure: Failure }[];
}

export interface SoakPlan {
  readonly seed: number;
  readonly agents: readonly PlannedAgent[];
  /** Processes besides this one. */
  readonly processes: number;
  readonly rounds: readonly Round[];
}

export interface PlanOptions {
  readonly seed: number;
  readonly agents: number;
  readonly processes: number;
  readonly rounds: number;
  readonly ordersPerRound: number;
}

/** The same options make the same plan. */
export function planSoak({ seed, processes, ...options }: PlanOptions): SoakPlan {
  const chance = chanceOf(seed);
  const agents = Array.from({ length: options.agents }, (_, index) => agentAt(index, options.agents, processes));
  const rounds = Array.from({ length: options.rounds }, (_, round) => ({
    orders: Array.from({ length: options.ordersPerRound }, (_each, place) =>
      anOrder(round * options.ordersPerRound + place, agents, chance),
    ),
    failures: failuresOf(round, options.ordersPerRound, { agents, chance }),
  }));
  return { seed, agents, processes, rounds };
}

/** The last two agents are second sessions of the two before them. */
function agentAt(index: number, total: number, processes: number): PlannedAgent {
  const account = index >= total - 2 ? index - 2 : index;
  return { index, username: `soak_${account}`, host: index % (processes + 1), isNarrow: index % 10 === 3 };
}

const manners: readonly Manner[] = ['processed', 'processed', 'processed', 'accepted', 'request', 'request'];
const deeds: readonly Deed[] = ['ok', 'ok', 'ok', 'ok', 'slow', 'slow', 'error', 'error-once', 'error-once', 'hang'];

function anOrder(id: number, agents: readonly PlannedAgent[], chance: Chance): Order {
  const from = chance.below(agents.length);
  const to = (from + 1 + chance.below(agents.length - 1)) % agents.length;
  const isKeyed = chance.percent(50);
  return {
    id,
    from,
    to,
    manner: chance.percent(5) ? 'unconfirmed' : chance.pick(manners),
    deed: chance.pick(deeds),
    workMs: 5 + chance.below(60),
    isKeyed,
    byName: chance.percent(10),
  };
}

interface Stage {
  readonly agents: readonly PlannedAgent[];
  readonly chance: Chance;
}

/** Every round connections break; every second one NATS and every third one the registry. */
function failuresOf(round: number, orders: number, { agents, chance }: Stage): Round['failures'] {
  const some = (count: number): number[] => Array.from({ length: count }, () => chance.below(agents.length));
  const forMs = 300 + chance.below(900);
  const failures: Failure[] = [
    { kind: 'drop', agents: some(3), forMs: 0 },
    { kind: 'hold', agents: some(3), forMs },
  ];
  if (round % 2 === 1) failures.push({ kind: 'nats' });
  if (round % 3 === 2) failures.push({ kind: 'registry' });
  return failures.map((failure) => ({ at: chance.below(orders), failure })).sort((a, b) => a.at - b.at);
}
