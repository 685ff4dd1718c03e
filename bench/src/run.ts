import { median, type Sample } from './measure.js';
import type { Comparison } from './scenario.js';

export interface Result {
  readonly scenario: string;
  readonly name: string;
  readonly kind: Comparison['kind'];
  readonly ours: readonly Sample[];
  readonly raw: readonly Sample[];
  /** Median over the pairs of ours / raw. */
  readonly ratio: { readonly perSecond: number; readonly p50: number; readonly p99: number };
}

/** Runs both sides in turn, so that a slow moment of the machine hits both, after one warm-up pair that is not counted. */
export async function compare(scenario: string, comparison: Comparison, repetitions: number): Promise<Result> {
  const ours: Sample[] = [];
  const raw: Sample[] = [];
  for (let round = 0; round <= repetitions; round++) {
    const [mine, theirs] = [await comparison.ours(), await comparison.raw()];
    if (round === 0) continue;
    ours.push(mine);
    raw.push(theirs);
  }
  const ratio = (of: (sample: Sample) => number): number =>
    median(ours.map((sample, index) => of(sample) / of(raw[index] ?? sample)));
  const { name, kind } = comparison;
  return {
    scenario,
    name,
    kind,
    ours,
    raw,
    ratio: {
      perSecond: ratio((sample) => sample.perSecond),
      p50: kind === 'calls' ? ratio((sample) => sample.p50) : 0,
      p99: kind === 'calls' ? ratio((sample) => sample.p99) : 0,
    },
  };
}
