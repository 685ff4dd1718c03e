import type { JsonObject, JsonValue } from '@agentnet/protocol';
import type { BudgetLimits } from '../config/agent-config.js';
import { memberOf } from '../providers/read-events.js';

/**
 * What one piece of work may still cost. It travels in the payload beside `text`: down as `{budget: {hops, turns}}`, back as `{turns_used}`. So a ring of
 * agents that ask each other comes to an end, whoever started it.
 */
export class Budget {
  #turns: number;
  #used = 0;

  private constructor(
    readonly hops: number,
    turns: number,
  ) {
    this.#turns = turns;
  }

  /** The budget of a message: what it brings, never more than the agent's own limits; these alone where it brings none or nonsense. */
  static of(payload: JsonValue, limits: BudgetLimits): Budget {
    const given = memberOf(payload, 'budget');
    return new Budget(atMost(memberOf(given, 'hops'), limits.hops), atMost(memberOf(given, 'turns'), limits.turns));
  }

  get turns(): number {
    return this.#turns;
  }

  get used(): number {
    return this.#used;
  }

  /** Whether another agent may be asked: one hop, a turn for it and one to use its answer. */
  get reachesOthers(): boolean {
    return this.hops > 0 && this.#turns >= 2;
  }

  /** Pays for turns. */
  spend(turns: number): void {
    this.#turns -= turns;
    this.#used += turns;
  }

  /** What a question takes with it: all but the turn that uses the answer. */
  forQuestion(): BudgetLimits {
    return { hops: this.hops - 1, turns: this.#turns - 1 };
  }

  /** What a message without an answer takes with it for good. */
  forMessage(): BudgetLimits {
    return { hops: this.hops - 1, turns: Math.floor(this.#turns / 2) };
  }

  /** What the asked agent says it used; all it was given when it does not say, or lies beyond it. */
  spendAnswered(reply: JsonValue, given: BudgetLimits): void {
    this.spend(atMost(memberOf(reply, 'turns_used'), given.turns));
  }
}

/** The payload of a message that carries a budget. */
export function budgeted(text: string, { hops, turns }: BudgetLimits): JsonObject {
  return { text, budget: { hops, turns } };
}

function atMost(value: JsonValue | undefined, most: number): number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 ? Math.min(value, most) : most;
}
