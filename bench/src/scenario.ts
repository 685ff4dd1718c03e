import type { Sample } from './measure.js';
import type { Network } from './network.js';

/** One load, run by AgentNet and by its raw counterpart in turn. */
export interface Comparison {
  readonly name: string;
  readonly ours: () => Promise<Sample>;
  readonly raw: () => Promise<Sample>;
  /**
   * What the ratio compares: calls per second, for `processor` per second of processor time (higher is better) and, for `calls`, latencies
   * (lower is better).
   */
  readonly kind: 'calls' | 'bulk' | 'processor';
}

export interface Scenario {
  readonly name: string;
  /** What is compared with what, for people. */
  readonly about: string;
  prepare(network: Network, options: ScenarioOptions): Promise<Prepared>;
}

export interface ScenarioOptions {
  /** Whether to run a tenth of the load, to see that the scenario works. */
  readonly quick: boolean;
}

export interface Prepared {
  readonly comparisons: readonly Comparison[];
  /** What was seen besides, told when all comparisons are done. */
  notes?(): readonly string[];
  close(): Promise<void>;
}
