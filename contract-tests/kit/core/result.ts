import type { RuleId } from '@agentnet/protocol';
import type { Role } from './scenario.js';

/** One frame as reports show it. */
export interface ShownFrame {
  readonly subject: string;
  readonly reply: string | undefined;
  /** The beginning of the body. */
  readonly text: string;
  /** Whether the kit put it on the wire. */
  readonly byKit: boolean;
}

/** Why a scenario failed. */
export interface Failure {
  /** The rules that were broken; those of the scenario when it could not say which. */
  readonly rules: readonly RuleId[];
  /** Whether a judge named the rule; otherwise something went wrong that broke some rule or other. */
  readonly isJudged: boolean;
  readonly message: string;
  readonly frames: readonly ShownFrame[];
}

/** What became of one scenario under one subject. */
export interface Result {
  readonly scenario: string;
  readonly title: string;
  readonly role: Role;
  readonly rules: readonly RuleId[];
  readonly cases: readonly string[];
  /** The implementations it was played with: one, an ordered pair, or `registry`. */
  readonly subjects: readonly string[];
  readonly verdict: 'passed' | 'failed' | 'not offered';
  readonly failure?: Failure;
  readonly ms: number;
}
