import { isDeepStrictEqual } from 'node:util';
import type { JsonValue, RuleId } from '@agentnet/protocol';
import { type Difference, describeDifference } from './difference.js';
import { numberOf } from './load-scenario.js';

/** A value, or a test of it that may look at what the other side has. */
export type Expected = JsonValue | ((value: unknown, other: unknown) => boolean);

/** One known place where our answer is deliberately not the recorded one. */
export interface BetterAnswer {
  /** Numbers of the scenarios in which it occurs; in each of them it must. */
  readonly scenarios: readonly number[];
  /** Numbers of the recorded frames; all frames of those scenarios when left out. */
  readonly frames?: readonly number[];
  /** JSON pointer into the body, `*` for any one step; or `subject`, `reply`, `frame`, `history`. */
  readonly field: string;
  readonly recorded: Expected;
  readonly ours: Expected;
  readonly reason: string;
  /** Rules of the specification, and the defects, cases or sections of the design behind them. */
  readonly cites: readonly [RuleId, ...(RuleId | `${'D' | 'I' | 'M' | 'S' | 'T'}-${number}` | `DESIGN ${number}`)[]];
}

/**
 * Sentences for what is wrong with one scenario's differences: those that no better answer explains, and better answers
 * that did not occur. Empty when the traffic is equivalent.
 */
export function judge(
  scenario: string,
  differences: readonly Difference[],
  answers: readonly BetterAnswer[],
): string[] {
  const listed = answers.filter(({ scenarios }) => scenarios.includes(numberOf(scenario)));
  const unlisted = differences.filter((difference) => !listed.some((answer) => explains(answer, difference)));
  return [
    ...unlisted.map((difference) => `not listed: ${describeDifference(difference)}`),
    ...listed.flatMap((answer) =>
      staleParts(answer, differences).map((part) => `stale: ${scenario} ${part}: ${answer.reason}`),
    ),
  ];
}

function staleParts(answer: BetterAnswer, differences: readonly Difference[]): string[] {
  const explained = differences.filter((difference) => explains(answer, difference));
  if (explained.length === 0) return [answer.field || 'body'];
  const seen = new Set(explained.map(({ frame }) => frame));
  const inScenario = answer.scenarios.length === 1 ? (answer.frames ?? []) : [];
  return inScenario.filter((frame) => !seen.has(frame)).map((frame) => `frame ${frame} ${answer.field || 'body'}`);
}

function explains(answer: BetterAnswer, difference: Difference): boolean {
  if (answer.frames && !answer.frames.includes(difference.frame)) return false;
  const sameField = fieldPattern(answer.field).test(difference.field);
  const { recorded, ours } = difference;
  return sameField && fits(answer.recorded, recorded, ours) && fits(answer.ours, ours, recorded);
}

function fits(expected: Expected, value: unknown, other: unknown): boolean {
  return typeof expected === 'function' ? expected(value, other) : isDeepStrictEqual(expected, value);
}

function fieldPattern(field: string): RegExp {
  const steps = field.split('/').map((step) => (step === '*' ? '[^/]+' : step.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')));
  return new RegExp(`^${steps.join('/')}$`);
}
