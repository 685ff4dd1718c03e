import type { Protocol, Rule } from '../../model/protocol.js';
import { quote } from './names.js';

/** `rules.ts`: the requirements that contract tests cite. */
export function renderRules({ rules }: Protocol): string {
  const ids = rules.length === 0 ? ' never' : `\n${rules.map(({ id }) => `  | ${quote(id)}`).join('\n')}`;
  return `/** A requirement of the protocol. */
export type RuleId =${ids};

/** What the spec says about one rule. */
export interface RuleFacts {
  /** \`W\`: needed to interoperate. \`B\`: better than the protocol's first implementation. */
  readonly level: 'W' | 'B';
  /** Conformance cases that test it. */
  readonly cases: readonly string[];
  /** The requirement, in RFC 2119 words. */
  readonly text: string;
  /** Known defects of the first implementation that it rules out. */
  readonly defects: readonly string[];
}

/** Every requirement of the specification, by id. */
export const rules: Readonly<Record<RuleId, RuleFacts>> = {
${rules.map(renderRule).join('\n')}
};
`;
}

function renderRule({ id, level, cases, text, defects }: Rule): string {
  const list = (values: readonly string[]) => `[${values.map(quote).join(', ')}]`;
  return `  ${quote(id)}: {\n    level: ${quote(level)},\n    cases: ${list(cases)},\n    text: ${quote(text)},\n    defects: ${list(defects)},\n  },`;
}
