import { type RuleId, rules } from '@agentnet/protocol';
import type { Feature, Scenario } from './scenario.js';

/** A rule that no scenario can show on the wire, where it is tested instead, and why. */
export interface Exclusion {
  readonly rule: string;
  readonly reason: string;
  /** The test file, from the repository's root, that cites the rule. */
  readonly test: string;
}

/** An implementation as a column of the coverage table. */
export interface CoverageColumn {
  readonly name: string;
  /** What an agent offers; `registry` for the column of registries. */
  readonly offers: readonly Feature[] | 'registry';
}

/** How one rule is covered. */
export interface CoverageRow {
  readonly rule: RuleId;
  readonly level: 'W' | 'B';
  readonly isMust: boolean;
  readonly scenarios: readonly string[];
  /** Scenarios by column. */
  readonly counts: readonly number[];
  readonly exclusion?: Exclusion;
}

export interface Coverage {
  readonly columns: readonly CoverageColumn[];
  readonly rows: readonly CoverageRow[];
  /** What fails the run: a MUST without scenario, an unknown or needless exclusion. */
  readonly faults: readonly string[];
}

/** Holds scenarios against the rules of the specification. */
export function coverageOf(
  scenarios: readonly Scenario[],
  columns: readonly CoverageColumn[],
  exclusions: readonly Exclusion[],
): Coverage {
  const excluded = new Map(exclusions.map((each) => [each.rule, each]));
  const rows = (Object.keys(rules) as RuleId[]).map((rule): CoverageRow => {
    const citing = scenarios.filter((scenario) => scenario.rules.includes(rule));
    const exclusion = excluded.get(rule);
    return {
      rule,
      level: rules[rule].level,
      isMust: rules[rule].text.includes('MUST'),
      scenarios: citing.map(({ id }) => id),
      counts: columns.map((column) => citing.filter((scenario) => plays(column, scenario)).length),
      ...(exclusion && { exclusion }),
    };
  });
  return { columns, rows, faults: [...faultsOfRows(rows), ...faultsOfExclusions(exclusions)] };
}

function plays({ offers }: CoverageColumn, { role, needs = [] }: Scenario): boolean {
  if (offers === 'registry') return role === 'registry';
  return role !== 'registry' && needs.every((feature) => offers.includes(feature));
}

function faultsOfRows(rows: readonly CoverageRow[]): string[] {
  return rows.flatMap(({ rule, isMust, scenarios, exclusion }) => {
    if (scenarios.length > 0 && exclusion) return [`${rule} is excluded although ${scenarios[0]} covers it`];
    if (isMust && scenarios.length === 0 && !exclusion) return [`${rule} is a MUST without a scenario`];
    return [];
  });
}

function faultsOfExclusions(exclusions: readonly Exclusion[]): string[] {
  return exclusions.flatMap(({ rule, reason, test }) => {
    if (!Object.hasOwn(rules, rule)) return [`the exclusion of ${rule} names no rule of the specification`];
    return reason.trim() && test.trim() ? [] : [`the exclusion of ${rule} lacks a reason or a test`];
  });
}

/** One line on how much is covered. */
export function coverageLine({ rows }: Coverage): string {
  const musts = rows.filter(({ isMust }) => isMust);
  const played = musts.filter(({ scenarios }) => scenarios.length > 0).length;
  const elsewhere = musts.filter(({ scenarios, exclusion }) => scenarios.length === 0 && exclusion).length;
  const percent = ((100 * (played + elsewhere)) / musts.length).toFixed(1);
  return `coverage: ${percent} % of ${musts.length} MUST rules (${played} by scenarios, ${elsewhere} elsewhere with a reason)`;
}

/** A conformance case that no scenario plays, where it is tested instead, and why. */
export interface UnplayedCase {
  readonly case: string;
  readonly reason: string;
  readonly test: string;
}

/** Which implementations are played together; the rules name the other cases. */
const pairings = ['Z-01', 'Z-02', 'Z-03', 'Z-04', 'Z-05', 'Z-06'];

/** Every conformance case there is. */
export const conformanceCases = (): readonly string[] =>
  [...new Set([...Object.values(rules).flatMap(({ cases }): readonly string[] => cases), ...pairings])].sort();

/** What fails the run: a case without scenario and reason, a scenario's case that does not exist, a reason nobody needs. */
export function caseFaults(scenarios: readonly Scenario[], unplayed: readonly UnplayedCase[]): readonly string[] {
  const all = new Set(conformanceCases());
  const played = new Set(scenarios.flatMap(({ cases }) => cases));
  const excused = new Set(unplayed.filter(({ reason }) => reason.trim()).map((each) => each.case));
  return [
    ...[...all].filter((id) => !played.has(id) && !excused.has(id)).map((id) => `the case ${id} has no scenario`),
    ...[...played].filter((id) => !all.has(id)).map((id) => `a scenario plays the case ${id}, which does not exist`),
    ...[...excused]
      .filter((id) => played.has(id) || !all.has(id))
      .map((id) => `the reason for the case ${id} is stale`),
  ];
}
