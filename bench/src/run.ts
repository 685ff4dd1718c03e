import { median, type Sample } from './measure.js';
import { lookAtProcesses, type ProcessIds, type ProcessUses, type Role, roles } from './process-use.js';
import type { Comparison, Kind, Round, Side } from './scenario.js';

/** What a process took and held while one side ran: medians over the rounds. */
export interface RoleFigures {
  /** Processor time in per cent of one core. */
  readonly corePercent: number;
  /** Processor time of one call or item, in microseconds; absent where nothing is counted. */
  readonly microseconds?: number;
  readonly memoryMiB: number;
}

/** The counted rounds of one side. */
export interface SideResult {
  readonly side: string;
  readonly samples: readonly Sample[];
  readonly processes: Partial<Readonly<Record<Role, RoleFigures>>>;
}

export interface Ratio {
  readonly perSecond: number;
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
}

export interface Result {
  readonly name: string;
  readonly kind: Kind;
  readonly loop?: 'open' | 'closed';
  /** AgentNet first, then the raw counterpart, then the others. */
  readonly sides: readonly SideResult[];
  /** For each of the other sides, in their order: the median over the rounds of AgentNet's figure by theirs. */
  readonly ratios: readonly Ratio[];
}

interface Turn {
  readonly sample: Sample;
  readonly processes: Partial<Record<Role, RoleFigures>>;
}

/** Runs the sides in turn, so that a slow moment of the machine hits all, after one warm-up round that is not counted. */
export async function compare(
  comparison: Comparison,
  rounds: { readonly repetitions: number; readonly warmUp?: boolean; readonly processes?: () => ProcessIds },
): Promise<Result> {
  const { name, kind, called = { ours: 'AgentNet', raw: 'raw' }, loop } = comparison;
  const sides: [string, Side][] = [
    [called.ours, comparison.ours],
    [called.raw, comparison.raw],
    ...Object.entries(comparison.beside ?? {}),
  ];
  const processesOf = (side: string): ProcessIds => ({ ...rounds.processes?.(), ...comparison.processes?.(side) });
  const turns = sides.map((): Turn[] => []);
  const hasWarmUp = (rounds.warmUp ?? true) && (comparison.warmUp ?? true);
  for (let round = hasWarmUp ? 0 : 1; round <= rounds.repetitions; round++) {
    for (const [index, [side, run]] of sides.entries()) {
      const turn = await take(run, { isWarmUp: round === 0 }, () => processesOf(side));
      if (round > 0) turns[index]?.push(turn);
    }
  }
  const results = sides.map(([side], index) => sideResult(side, turns[index] ?? []));
  const [ours, ...others] = results;
  return {
    name,
    kind,
    ...(kind === 'calls' ? { loop: loop ?? 'closed' } : {}),
    sides: results,
    ratios: others.map(({ samples }) => ratioOf(ours?.samples ?? [], samples)),
  };
}

async function take(run: Side, round: Round, ids: () => ProcessIds): Promise<Turn> {
  const before = lookAtProcesses(ids());
  const begun = performance.now();
  const sample = await run(round);
  const elapsedSeconds = (performance.now() - begun) / 1000;
  return { sample, processes: usedBetween({ before, after: lookAtProcesses(ids()) }, elapsedSeconds, sample.count) };
}

function usedBetween(
  { before, after }: { before: ProcessUses; after: ProcessUses },
  elapsedSeconds: number,
  count: number | undefined,
): Turn['processes'] {
  const figures: Turn['processes'] = {};
  for (const role of roles) {
    const now = after[role];
    if (!now) continue;
    // A process that was started in between has used what it has used since.
    const used = Math.max(0, now.cpuSeconds - (before[role]?.cpuSeconds ?? 0));
    figures[role] = {
      corePercent: (used / elapsedSeconds) * 100,
      ...(count ? { microseconds: (used / count) * 1e6 } : {}),
      memoryMiB: now.memoryMiB,
    };
  }
  return figures;
}

function sideResult(side: string, turns: readonly Turn[]): SideResult {
  const processes: Partial<Record<Role, RoleFigures>> = {};
  for (const role of roles) {
    const seen = turns.flatMap((turn) => turn.processes[role] ?? []);
    if (seen.length === 0) continue;
    const each = seen.flatMap(({ microseconds }) => microseconds ?? []);
    processes[role] = {
      corePercent: median(seen.map(({ corePercent }) => corePercent)),
      ...(each.length > 0 ? { microseconds: median(each) } : {}),
      memoryMiB: median(seen.map(({ memoryMiB }) => memoryMiB)),
    };
  }
  return { side, samples: turns.map(({ sample }) => sample), processes };
}

function ratioOf(ours: readonly Sample[], theirs: readonly Sample[]): Ratio {
  const ratio = (of: 'perSecond' | 'p50' | 'p95' | 'p99'): number =>
    median(ours.map((sample, index) => sample[of] / (theirs[index] ?? sample)[of]).filter(Number.isFinite));
  return { perSecond: ratio('perSecond'), p50: ratio('p50'), p95: ratio('p95'), p99: ratio('p99') };
}
