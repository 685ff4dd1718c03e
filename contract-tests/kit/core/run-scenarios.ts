import { operations } from '@agentnet/protocol';
import type { PeerPool } from '../peer-process/peer-pool.js';
import { inLanes } from './in-lanes.js';
import { Judgement } from './judgement.js';
import type { KitNetwork } from './kit-network.js';
import type { Failure, Result, ShownFrame } from './result.js';
import type { Feature, NetworkKind, Scenario } from './scenario.js';
import { OpenStage } from './stage.js';
import type { LoggedFrame } from './wire-log.js';

/** One scenario with the implementations it is played with. */
export interface Casting {
  readonly scenario: Scenario;
  readonly pools: readonly PeerPool[];
  /** Which registry is on trial, where several are. @default 'registry' */
  readonly registry?: string;
}

export interface RunOptions {
  /** Gives the network of a kind, with the registry that is on trial. */
  readonly network: (kind: NetworkKind, registry?: string) => Promise<KitNetwork>;
  /** Scenarios that are played side by side. @default 6 */
  readonly parallel?: number;
  /** Hears of each result as it comes. */
  readonly onResult?: (result: Result) => void;
}

const defaultTimeoutMs = 60_000;
const shownFrames = 40;

/** Plays scenarios side by side, each with names of its own. */
export function runScenarios(castings: readonly Casting[], options: RunOptions): Promise<Result[]> {
  return inLanes(castings, options.parallel ?? 6, async (casting) => {
    const result = await play(casting, options);
    options.onResult?.(result);
    return result;
  });
}

async function play(casting: Casting, options: RunOptions): Promise<Result> {
  const { scenario, pools, registry } = casting;
  const { id, title, role, rules, cases } = scenario;
  const subjects = pools.length > 0 ? pools.map(({ program }) => program.name) : [registry ?? 'registry'];
  const about = { scenario: id, title, role, rules, cases, subjects };
  const startedAt = performance.now();
  const ms = (): number => Math.round(performance.now() - startedAt);
  try {
    for (const pool of pools)
      if (lacks(await pool.features(), scenario)) return { ...about, verdict: 'not offered', ms: ms() };
    const stage = new OpenStage(await options.network(scenario.network ?? 'open', registry));
    const failure = await perform(stage, casting);
    return { ...about, verdict: failure ? 'failed' : 'passed', ...(failure && { failure }), ms: ms() };
  } catch (cause) {
    return { ...about, verdict: 'failed', failure: failureOf(cause, scenario, []), ms: ms() };
  }
}

const lacks = (offered: ReadonlySet<Feature>, { needs = [] }: Scenario): boolean =>
  needs.some((feature) => !offered.has(feature));

async function perform(stage: OpenStage, { scenario, pools }: Casting): Promise<Failure | undefined> {
  const { log } = stage.network;
  let failure: Failure | undefined;
  try {
    await within(scenario.timeoutMs ?? defaultTimeoutMs, async () => scenario.run(await stage.set(pools)));
  } catch (cause) {
    failure = failureOf(cause, scenario, log.framesOf(stage.names));
  }
  try {
    await within(defaultTimeoutMs, () => stage.clear());
    if (!failure) await log.judge(stage.names);
  } catch (cause) {
    failure ??= failureOf(cause, scenario, log.framesOf(stage.names));
  }
  return failure;
}

function failureOf(cause: unknown, scenario: Scenario, frames: readonly LoggedFrame[]): Failure {
  const message = cause instanceof Error ? cause.message : String(cause);
  const isTold = ({ subject }: ShownFrame): boolean =>
    subject !== operations.hello.subject || scenario.rules.some((id) => id.startsWith('presence.'));
  const shown: ShownFrame[] = frames
    .filter(isTold)
    .slice(-shownFrames)
    .map(({ subject, reply, text, byKit }) => ({ subject, reply, text, byKit }));
  if (cause instanceof Judgement) return { rules: [cause.finding.rule], isJudged: true, message, frames: shown };
  return { rules: scenario.rules, isJudged: false, message, frames: shown };
}

async function within<T>(timeoutMs: number, work: () => Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const passed = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`the scenario did not end within ${timeoutMs} ms`)), timeoutMs);
  });
  try {
    return await Promise.race([work(), passed]);
  } finally {
    clearTimeout(timer);
  }
}
