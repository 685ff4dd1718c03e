import { type ClosedLoop, measureClosed, type Sample } from './measure.js';
import { measureOpen, type OpenLoop } from './open-loop.js';
import type { Comparison, Round, Side } from './scenario.js';

type Call = () => Promise<unknown>;

/** Runs one load of calls, wherever they are made. */
export type Measure = (load: ClosedLoop | OpenLoop) => Promise<Sample>;

export interface Sides<T> {
  readonly ours: T;
  readonly raw: T;
  /** Further counterparts, by name. */
  readonly beside?: Readonly<Record<string, T>>;
}

/** How long and how often calls are made. */
export interface CallLoads {
  /** Calls at once: one row for each. */
  readonly inFlight: readonly number[];
  /** Length of one run. */
  readonly seconds: number;
  /** Whether a row at a constant rate follows. @default false */
  readonly open?: boolean;
  /** Goes before the name of each row. */
  readonly prefix?: string;
  readonly quick: boolean;
}

const quickSeconds = 0.1;
const warmUpShare = 0.4;
/** How the rate of the open loop is looked for: with enough calls at once to keep both sides busy, and no queue that would slow them down. */
const calibration = { inFlight: 8, seconds: 0.7 };

/** Seconds of one run of a side. */
export function secondsOf({ isWarmUp }: Round, seconds: number, quick: boolean): number {
  if (quick) return quickSeconds;
  return isWarmUp ? seconds * warmUpShare : seconds;
}

/** Rows for calls that this process makes; see `measuredLoads`. */
export function callLoads(calls: Sides<Call>, loads: CallLoads): Comparison[] {
  return measuredLoads(
    mapSides(
      calls,
      (call): Measure =>
        (load) =>
          'perSecond' in load ? measureOpen(call, load) : measureClosed(call, load),
    ),
    loads,
  );
}

/** One row for each number of calls in flight, and one at a constant rate. A quick run makes the first and the last of them. */
export function measuredLoads(sides: Sides<Measure>, loads: CallLoads): Comparison[] {
  const { seconds, quick, prefix = '' } = loads;
  const closed = loads.inFlight.map((inFlight): Comparison => {
    const name = `${prefix}${inFlight} in flight`;
    const run = mapSides(
      sides,
      (measure): Side =>
        (round) =>
          measure({ inFlight, seconds: secondsOf(round, seconds, quick) }),
    );
    return { name, kind: 'calls', loop: 'closed', ...run };
  });
  const all = loads.open ? [...closed, openLoad(sides, loads)] : closed;
  return quick ? [...new Set([...all.slice(0, 1), ...all.slice(-1)])] : all;
}

/** Every side gets the same calls at the same times: half of what the slowest of them can take. */
function openLoad(sides: Sides<Measure>, { seconds, quick, prefix = '' }: CallLoads): Comparison {
  let perSecond: Promise<number> | undefined;
  const calibrate = async (): Promise<number> => {
    const rates: number[] = [];
    for (const measure of [sides.ours, sides.raw, ...Object.values(sides.beside ?? {})]) {
      rates.push((await measure(quick ? { ...calibration, seconds: quickSeconds } : calibration)).perSecond);
    }
    return Math.max(1, Math.floor(Math.min(...rates) / 2));
  };
  const run = mapSides(
    sides,
    (measure): Side =>
      async (round) => {
        perSecond ??= calibrate();
        return measure({ perSecond: await perSecond, seconds: secondsOf(round, seconds, quick) });
      },
  );
  return { name: `${prefix}constant rate`, kind: 'calls', loop: 'open', ...run };
}

function mapSides<T, U>({ ours, raw, beside }: Sides<T>, map: (side: T) => U): Sides<U> {
  const others = Object.entries(beside ?? {}).map(([name, side]) => [name, map(side)] as const);
  return { ours: map(ours), raw: map(raw), ...(beside ? { beside: Object.fromEntries(others) } : {}) };
}
