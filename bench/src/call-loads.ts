import { measureCalls } from './measure.js';
import type { Comparison } from './scenario.js';

export interface CallPair {
  readonly ours: () => Promise<unknown>;
  readonly raw: () => Promise<unknown>;
}

/** One comparison for each `[inFlight, calls]`; a quick run makes a tenth of the calls. */
export function callLoads(
  pair: CallPair,
  loads: readonly (readonly [inFlight: number, calls: number])[],
  quick: boolean,
): Comparison[] {
  return loads.map(([inFlight, calls]) => {
    const count = quick ? Math.ceil(calls / 10) : calls;
    return {
      name: `${inFlight} in flight`,
      kind: 'calls',
      ours: () => measureCalls(pair.ours, inFlight, count),
      raw: () => measureCalls(pair.raw, inFlight, count),
    };
  });
}
