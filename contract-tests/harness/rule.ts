import { type RuleId, rules } from '@agentnet/protocol';
import { type TestFunction, test } from 'vitest';

declare module 'vitest' {
  interface TaskMeta {
    /** Rules of the specification this test proves. */
    rules?: readonly string[];
    /** Conformance cases behind those rules. */
    cases?: readonly string[];
  }
}

export interface RuleOptions {
  /** Milliseconds the test may take. */
  timeout?: number;
}

/**
 * Defines a test that proves rules of the specification. Defining it fails when a rule does not exist.
 *
 * @param title - A fact: "given …, when …, then …"
 */
export function rule(
  ids: RuleId | readonly RuleId[],
  title: string,
  prove: TestFunction,
  { timeout }: RuleOptions = {},
): void {
  const cited: readonly RuleId[] = typeof ids === 'string' ? [ids] : ids;
  const unknown = cited.filter((id) => !Object.hasOwn(rules, id));
  if (unknown.length > 0) throw new Error(`spec/rules.yaml has no rule ${unknown.join(', ')} (cited by "${title}")`);
  const meta = { rules: cited, cases: cited.flatMap((id) => rules[id].cases) };
  const options = timeout === undefined ? {} : { timeout };
  test(`${title} [${cited.join(', ')}]`, { ...options, meta }, prove);
}
