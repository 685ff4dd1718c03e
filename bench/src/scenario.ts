import type { Sample } from './measure.js';
import type { Network } from './network.js';
import type { ProcessIds } from './process-use.js';

/**
 * What the figures of a load are:
 * `calls`, calls per second and latencies; `bulk`, items per second; `processor`, items per second of processor time; `time`, milliseconds from
 * one event to another; `memory`, kibibytes.
 */
export type Kind = 'calls' | 'bulk' | 'processor' | 'time' | 'memory';

/** One of the runs of a load. */
export interface Round {
  /** Not counted, and may be short. */
  readonly isWarmUp: boolean;
}

export type Side = (round: Round) => Promise<Sample>;

/** One load, run by AgentNet and by its counterparts in turn. */
export interface Comparison {
  readonly name: string;
  readonly kind: Kind;
  /** How calls are made: a new one when one ends, or at a constant rate. @default 'closed', for `calls` */
  readonly loop?: 'open' | 'closed';
  readonly ours: Side;
  readonly raw: Side;
  /** Further counterparts, by name. */
  readonly beside?: Readonly<Record<string, Side>>;
  /** What `ours` and `raw` are called where the scenario's words do not fit. */
  readonly called?: { readonly ours: string; readonly raw: string };
  /** The processes of a side, where they are not the network's. */
  readonly processes?: (side: string) => ProcessIds;
  /** Whether an uncounted round comes first. @default true */
  readonly warmUp?: boolean;
}

export interface Scenario {
  readonly name: string;
  /** What is compared with what, for people. */
  readonly about: string;
  /** What a full run is expected to take, its preparation included; the sum over all scenarios is the length of `npm run bench`. */
  readonly budgetSeconds: number;
  prepare(network: Network, options: ScenarioOptions): Promise<Prepared>;
}

export interface ScenarioOptions {
  /** Whether to run as little as shows that the scenario works. */
  readonly quick: boolean;
}

export interface Prepared {
  readonly comparisons: readonly Comparison[];
  /** What was seen besides, told when all comparisons are done. */
  notes?(): readonly string[];
  close(): Promise<void>;
}

/** Why a scenario cannot run here; it then counts as skipped, not as failed. */
export class Unavailable extends Error {}
