import type { RuleId } from '@agentnet/protocol';

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
  /** The scenarios that noticed, empty for a survivor. */
  readonly killedBy: readonly string[];
}

/** The share of mutants that were noticed, in per cent. */
export function killRate(verdicts: readonly MutantVerdict[]): number {
  if (verdicts.length === 0) return 100;
  return (100 * verdicts.filter(({ killedBy }) => killedBy.length > 0).length) / verdicts.length;
}
