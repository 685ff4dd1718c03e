import { isDeepStrictEqual } from 'node:util';
import { type RuleId, rules } from '@agentnet/protocol';

/** What was observed, what the rule demands. */
export interface Finding {
  readonly rule: RuleId;
  /** What was looked at. */
  readonly what: string;
  readonly expected: unknown;
  readonly actual: unknown;
}

/** A peer or registry broke a rule. */
export class Judgement extends Error {
  override readonly name = 'Judgement';

  constructor(readonly finding: Finding) {
    super(
      `${finding.rule}: ${finding.what}\n  expected: ${shown(finding.expected)}\n  observed: ${shown(finding.actual)}\n` +
        `  the rule: ${rules[finding.rule].text}`,
    );
  }
}

/** Compares what was observed with what a rule demands; the first difference ends the scenario with a `Judgement`. */
export interface Judge {
  /** The values are equal, all of them. */
  equal(rule: RuleId, actual: unknown, expected: unknown, what: string): void;
  /** The value has these members; further ones do not matter. */
  matches(rule: RuleId, actual: unknown, members: object, what: string): void;
  /** The claim holds; `what` says what was expected, `actual` is shown. */
  holds(rule: RuleId, claim: boolean, what: string, actual?: unknown): void;
  /** What is awaited comes; a deadline that passes breaks the rule. */
  comes<T>(rule: RuleId, what: string, awaited: Promise<T>): Promise<T>;
}

export const judge: Judge = {
  equal(rule, actual, expected, what) {
    if (!isDeepStrictEqual(plain(actual), plain(expected))) throw new Judgement({ rule, what, expected, actual });
  },
  matches(rule, actual, members, what) {
    if (!hasMembers(plain(actual), plain(members))) throw new Judgement({ rule, what, expected: members, actual });
  },
  holds(rule, claim, what, actual) {
    if (!claim) throw new Judgement({ rule, what, expected: what, actual });
  },
  async comes(rule, what, awaited) {
    try {
      return await awaited;
    } catch (failure) {
      if (failure instanceof Judgement) throw failure;
      throw new Judgement({
        rule,
        what,
        expected: what,
        actual: `${failure instanceof Error ? failure.message : failure}`,
      });
    }
  },
};

function hasMembers(actual: unknown, members: unknown): boolean {
  if (typeof members !== 'object' || members === null || Array.isArray(members))
    return isDeepStrictEqual(actual, members);
  if (typeof actual !== 'object' || actual === null) return false;
  return Object.entries(members).every(([key, value]) => hasMembers((actual as Record<string, unknown>)[key], value));
}

/** Objects without prototypes and classes compare like the JSON they stand for; bytes and undefined stay what they are. */
function plain(value: unknown): unknown {
  // JSON writers differ on the sign of zero; the rules do not.
  if (value === 0) return 0;
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return value;
  if (Array.isArray(value)) return value.map(plain);
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, plain(member)]));
}

const shownCharacters = 1200;

function shown(value: unknown): string {
  if (typeof value === 'string') return value.slice(0, shownCharacters);
  return (JSON.stringify(value) ?? String(value)).slice(0, shownCharacters);
}
