import { limits } from '@agentnet/protocol';
import type { Figures } from './figures.js';
import { median, type Sample } from './measure.js';
import type { Result } from './run.js';

/** A figure that was promised. */
export interface Target {
  readonly text: string;
  readonly scenario: string;
  /** The row it is read from. */
  readonly load: string;
  /** AgentNet's figure, or its ratio to the side named. */
  readonly read: (result: Result) => number;
  readonly unit: 'times' | 'ms' | '% of a core';
  readonly limit: number;
  /** Which side of the limit is good. */
  readonly wanted: 'at most' | 'at least';
  /** What belongs beside it, from the same run. */
  readonly beside?: (scenario: readonly Result[]) => string;
}

/** Whether a target was reached in a run; undefined where its row is missing. */
export interface Judgement {
  readonly target: Target;
  readonly value: number | undefined;
  readonly isMet: boolean | undefined;
  readonly beside: string;
}

type Figure = 'perSecond' | 'p50' | 'p95' | 'p99';

const watchedPerSecond = 1000;
const present = 10_000;

/** What a thread page or a filtered search may cost at most, in selects by primary key. */
const pageTimes = 10;

export const targets: readonly Target[] = [
  { ...ratio('ask', '1 in flight', 'p50'), text: 'ask, p50 by raw', limit: 1.5, wanted: 'at most' },
  { ...ratio('ask', '64 in flight', 'perSecond'), text: 'ask, rate by raw', limit: 1 / 3, wanted: 'at least' },
  {
    text: 'what ed25519-v2 adds to the p50 of an ask',
    scenario: 'ask-signed',
    load: '1 in flight',
    read: (result) => difference(result, 'unsigned', 'p50'),
    unit: 'ms',
    limit: 0.3,
    wanted: 'at most',
    beside: (results) =>
      `Ed25519 alone: ${milliseconds(sideOf(rowOf(results, 'two signatures, two checks'), 1), 'p50')}`,
  },
  { ...ratio('python', '1 in flight', 'p50'), text: 'Python ask, p50 by raw nats-py', limit: 1.5, wanted: 'at most' },
  {
    ...ratio('python', '64 in flight', 'perSecond', 'HTTP'),
    text: 'Python ask, rate by HTTP',
    limit: 3,
    wanted: 'at least',
  },
  {
    ...ratio('registry', 'resolve, 64 in flight', 'perSecond'),
    text: 'resolve, rate by a raw responder',
    limit: 0.5,
    wanted: 'at least',
  },
  {
    text: 'presence of 10,000 agents',
    scenario: 'presence',
    load: '10,000 agents',
    read: (result) => share(present / limits.heartbeatIntervalSeconds, result),
    unit: '% of a core',
    limit: 6,
    wanted: 'at most',
  },
  {
    ...ratio('history', '20,000 messages', 'perSecond'),
    text: 'history, rate by raw batched inserts',
    limit: 0.7,
    wanted: 'at least',
  },
  ...['thread page', 'from an account', 'of an account, rejected', 'of a trace'].map(
    (load): Target => ({
      ...ratio('query', load, 'p99'),
      text: `${load}, p99 by a select by primary key`,
      limit: pageTimes,
      wanted: 'at most',
    }),
  ),
  {
    text: 'search for a word of every message, p99',
    scenario: 'query',
    load: 'word of every message',
    read: (result) => figure(result, 0, 'p99'),
    unit: 'ms',
    limit: 50,
    wanted: 'at most',
  },
  {
    text: 'Watch under 1,000 messages/s',
    scenario: 'tui',
    load: '1,000 messages/s',
    read: (result) => share(watchedPerSecond, result),
    unit: '% of a core',
    limit: 20,
    wanted: 'at most',
  },
  {
    text: 'key echo of Watch under it, p95',
    scenario: 'tui',
    load: 'key echo under it',
    read: (result) => figure(result, 0, 'p95'),
    unit: 'ms',
    limit: 60,
    wanted: 'at most',
  },
  {
    ...ratio('slow-consumer', 'ask beside a stuck agent', 'p99'),
    text: 'ask beside a stuck agent, p99 by without it',
    limit: 2,
    wanted: 'at most',
  },
];

export function judge({ scenarios }: Figures): Judgement[] {
  return targets.map((target) => {
    const results = scenarios.find(({ name }) => name === target.scenario)?.results ?? [];
    const result = results.find(({ name }) => name === target.load);
    if (!result) return { target, value: undefined, isMet: undefined, beside: '' };
    const value = target.read(result);
    const isMet = target.wanted === 'at most' ? value <= target.limit : value >= target.limit;
    return { target, value, isMet, beside: target.beside?.(results) ?? '' };
  });
}

/** AgentNet's figure by that of a side; the raw one is the first of the others. */
function ratio(
  scenario: string,
  load: string,
  of: Figure,
  side?: string,
): Pick<Target, 'scenario' | 'load' | 'read' | 'unit'> {
  const read = ({ sides, ratios }: Result): number => {
    const index = side === undefined ? 1 : sides.findIndex((one) => one.side === side);
    return ratios[index - 1]?.[of] ?? Number.NaN;
  };
  return { scenario, load, read, unit: 'times' };
}

function figure(result: Result, side: number, of: Figure): number {
  return median(sideOf(result, side).map((sample) => sample[of]));
}

/** Median over the rounds of what AgentNet takes more than a side. */
function difference(result: Result, side: string, of: Figure): number {
  const theirs = result.sides.find((one) => one.side === side)?.samples ?? [];
  return median(sideOf(result, 0).map((sample, round) => sample[of] - (theirs[round]?.[of] ?? Number.NaN)));
}

/** Per cent of a core that `perSecond` items take, of which a core does as many as AgentNet's rate says. */
function share(perSecond: number, result: Result): number {
  return (perSecond / figure(result, 0, 'perSecond')) * 100;
}

function milliseconds(samples: readonly Sample[], of: Figure): string {
  return samples.length > 0 ? `${median(samples.map((sample) => sample[of])).toFixed(2)} ms` : 'not measured';
}

function rowOf(results: readonly Result[], load: string): Result | undefined {
  return results.find(({ name }) => name === load);
}

function sideOf(result: Result | undefined, side: number): readonly Sample[] {
  return result?.sides[side]?.samples ?? [];
}
