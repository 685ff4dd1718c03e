import { Casebook } from './casebook.js';
import type { Evidence } from './evidence.js';
import { promises } from './promises.js';
import { tellStory } from './story.js';

/** A promise that was broken. */
export interface Violation {
  readonly promise: string;
  readonly order: number;
  readonly what: string;
  /** Everything known of the order, in the order of time. */
  readonly story: string;
}

/** What a run proved. */
export interface Judgement {
  readonly violations: readonly Violation[];
  /** Findings by promise that were explained by what was broken at that time. */
  readonly excused: Readonly<Record<string, number>>;
}

/** Holds a run to every promise. */
export function judgeSoak(evidence: Evidence): Judgement {
  const book = new Casebook(evidence);
  const violations: Violation[] = [];
  const excused: Record<string, number> = {};
  for (const one of book.cases) {
    for (const [promise, check] of Object.entries(promises)) {
      for (const { what, isExcused } of check(one, book)) {
        if (isExcused) excused[promise] = (excused[promise] ?? 0) + 1;
        else violations.push({ promise, order: one.order.id, what, story: tellStory(one, evidence) });
      }
    }
  }
  return { violations, excused };
}

/** A judgement as text: the seed that brings it back, then each violation with its story. */
export function describeJudgement(seed: number, { violations, excused }: Judgement, shown = 5): string {
  const forgiven = `explained by what was broken at that time: ${JSON.stringify(excused)}`;
  if (violations.length === 0) return `seed ${seed}: every promise was kept; ${forgiven}`;
  const lines = violations
    .slice(0, shown)
    .map(({ promise, order, what, story }) => `order ${order}: ${promise}: ${what}\n${story}`);
  return [`seed ${seed}: ${violations.length} broken promises; ${forgiven}`, ...lines].join('\n\n');
}
