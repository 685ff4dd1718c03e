import type { Result } from './result.js';

/** A failure that is known and, for now, accepted. */
export interface ExpectedFailure {
  readonly scenario: string;
  /** The implementations, in their order. */
  readonly subjects: readonly string[];
  readonly reason: string;
}

const keyOf = (scenario: string, subjects: readonly string[]): string => `${scenario} ${subjects.join(' -> ')}`;

/** What fails a run: failures nobody expected, and expectations that did not come true. */
export function unexpected(
  results: readonly Result[],
  expected: readonly ExpectedFailure[],
): { failures: readonly Result[]; stale: readonly string[] } {
  const known = new Set(expected.map(({ scenario, subjects }) => keyOf(scenario, subjects)));
  const failed = results.filter(({ verdict }) => verdict === 'failed');
  const passed = new Set(
    results.flatMap(({ verdict, scenario, subjects }) => (verdict === 'passed' ? [keyOf(scenario, subjects)] : [])),
  );
  return {
    failures: failed.filter(({ scenario, subjects }) => !known.has(keyOf(scenario, subjects))),
    stale: [...known].filter((key) => passed.has(key)).map((key) => `${key} was expected to fail and passes`),
  };
}
