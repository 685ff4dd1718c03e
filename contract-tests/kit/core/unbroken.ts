import type { Coverage } from './coverage.js';
import type { MutantFacts } from './mutant.js';

/** A MUST that scenarios play and no mutant breaks, and why. */
export interface Unbroken {
  readonly rule: string;
  readonly reason: string;
}

/** What fails the run: a MUST that scenarios play without a mutant or a reason, a reason that is not needed. */
export function unbrokenFaults(
  { rows }: Coverage,
  mutants: readonly MutantFacts[],
  reasons: readonly Unbroken[],
): readonly string[] {
  const broken = new Set<string>(mutants.flatMap(({ breaks }) => breaks));
  const given = new Map(reasons.map(({ rule, reason }) => [rule, reason]));
  const played = new Set<string>(
    rows.filter(({ isMust, scenarios }) => isMust && scenarios.length > 0).map(({ rule }) => rule),
  );
  const missing = [...played].filter((rule) => !broken.has(rule) && !given.get(rule)?.trim());
  const stale = [...given.keys()].filter((rule) => broken.has(rule) || !played.has(rule));
  return [
    ...missing.map((rule) => `no mutant breaks ${rule}, and kit/unbroken.json gives no reason`),
    ...stale.map((rule) => `kit/unbroken.json gives a needless reason for ${rule}`),
  ];
}
