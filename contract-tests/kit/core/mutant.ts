import type { RuleId } from '@agentnet/protocol';
import type { Result } from './result.js';
import type { Scenario } from './scenario.js';

/** An implementation broken in one way on purpose. The kit must notice. */
export interface MutantFacts {
  /** Unique, kebab-case, says what it does wrong. */
  readonly name: string;
  readonly role: 'agent' | 'registry';
  /** The rules it breaks. */
  readonly breaks: readonly RuleId[];
  /** Why no scenario can notice it; such a mutant counts as a survivor. */
  readonly survives?: string;
}

/** What became of a mutant under the kit. */
export interface MutantVerdict extends MutantFacts {
  /** The implementation that was made faulty. */
  readonly of: string;
  /** The scenario that failed for a rule the mutant breaks, and the rule; absent for a survivor. */
  readonly killedBy?: Attributed;
  /** Scenarios that failed for another reason. They show that something is wrong, and not what. */
  readonly noticedBy: readonly Attributed[];
  /** Whether the implementation offers nothing that could show the fault. */
  readonly isNotOffered: boolean;
}

/** A scenario that failed, and the rule a judge named, if one did. */
export interface Attributed {
  readonly scenario: string;
  readonly rule?: RuleId;
}

/** Those that were tried: an implementation cannot be wrong about what it does not offer. */
export const tried = (verdicts: readonly MutantVerdict[]): readonly MutantVerdict[] =>
  verdicts.filter(({ isNotOffered }) => !isNotOffered);

/** The share of mutants whose fault was named, in per cent. */
export function killRate(verdicts: readonly MutantVerdict[]): number {
  const all = tried(verdicts);
  if (all.length === 0) return 100;
  return (100 * all.filter(({ killedBy }) => killedBy).length) / all.length;
}

/** Plays one scenario with the mutant. */
export type Trial = (scenario: Scenario) => Promise<Result | undefined>;

/** Puts a mutant under the scenarios that cite what it breaks, until a judge names one of these rules. */
export async function tryMutant(
  of: string,
  { name, role, breaks, survives }: MutantFacts,
  { scenarios, trial }: { readonly scenarios: readonly Scenario[]; readonly trial: Trial },
): Promise<MutantVerdict> {
  const facts = { name, role, breaks, ...(survives !== undefined && { survives }), of };
  const noticedBy: Attributed[] = [];
  let isNotOffered = scenarios.length > 0;
  for (const scenario of scenarios) {
    const result = await trial(scenario);
    if (result?.verdict !== 'not offered') isNotOffered = false;
    if (!result?.failure) continue;
    const [rule] = result.failure.rules;
    if (result.failure.isJudged && rule && breaks.includes(rule))
      return { ...facts, killedBy: { scenario: scenario.id, rule }, noticedBy, isNotOffered };
    noticedBy.push({ scenario: scenario.id, ...(result.failure.isJudged && rule && { rule }) });
  }
  return { ...facts, noticedBy, isNotOffered };
}

/** One line on a verdict. */
export function verdictLine({ name, of, killedBy, noticedBy, isNotOffered, survives }: MutantVerdict): string {
  const who = `${name} (${of})`;
  if (isNotOffered) return `not offered  ${who}`;
  if (killedBy) return `killed       ${who} by ${killedBy.scenario} for ${killedBy.rule}`;
  const noticed = noticedBy.map(({ scenario, rule = 'no rule' }) => `${scenario} for ${rule}`).join(', ');
  return `SURVIVED     ${who}${noticed && `, noticed by ${noticed}`}${survives ? `: ${survives}` : ''}`;
}

/** The line a run of mutants ends with. */
export function killLine(verdicts: readonly MutantVerdict[]): string {
  const all = tried(verdicts);
  const killed = all.filter(({ killedBy }) => killedBy).length;
  const noticed = all.filter(({ killedBy, noticedBy }) => !killedBy && noticedBy.length > 0).length;
  return `mutants: ${killRate(verdicts).toFixed(1)} % killed by name (${killed} of ${all.length}, ${noticed} more noticed)`;
}
