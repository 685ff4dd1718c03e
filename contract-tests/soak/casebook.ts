import type { Breakage, Deposit, Ending, Evidence, JoinedAgent, WireNote } from './evidence.js';
import type { Order } from './plan.js';

/** All that is known of one order. */
export interface Case {
  readonly order: Order;
  readonly endings: Ending[];
  readonly deposits: Deposit[];
  readonly wire: WireNote[];
}

/** Evidence by order, with the questions a judge asks about time and place. */
export class Casebook {
  readonly cases: readonly Case[];
  readonly #evidence: Evidence;
  readonly #joined: ReadonlyMap<number, JoinedAgent>;
  readonly #agents: ReadonlyMap<string, number>;

  constructor(evidence: Evidence) {
    this.#evidence = evidence;
    const cases = evidence.orders.map((order): Case => ({ order, endings: [], deposits: [], wire: [] }));
    const byOrder = new Map(cases.map((one) => [one.order.id, one]));
    for (const ending of evidence.endings) byOrder.get(ending.order)?.endings.push(ending);
    for (const deposit of evidence.deposits) byOrder.get(deposit.order)?.deposits.push(deposit);
    for (const note of evidence.wire) byOrder.get(note.order)?.wire.push(note);
    this.cases = cases;
    this.#joined = new Map(evidence.joined.map((agent) => [agent.index, agent]));
    this.#agents = new Map(evidence.joined.map((agent) => [agent.sessionTag, agent.index]));
  }

  get history(): ReadonlySet<string> {
    return this.#evidence.history;
  }

  accountOf(agent: number): string {
    return this.#joined.get(agent)?.accountId ?? '';
  }

  /** Breakages that touch a span of time and, when an agent is named, what that agent hears or says. */
  breakagesIn(fromMs: number, untilMs: number, agent?: number): Breakage[] {
    return this.#evidence.breakages.filter(
      ({ what, agents, ...span }) =>
        span.fromMs <= untilMs &&
        span.untilMs >= fromMs &&
        (what === 'nats' || (agent !== undefined && agents.includes(agent))),
    );
  }

  /** Whether the wire log may have missed what happened in a span of time, because the server was not there. */
  mayHaveMissed(fromMs: number, untilMs: number): boolean {
    return this.breakagesIn(fromMs - killMarginMs, untilMs + killMarginMs).length > 0;
  }

  /** Whether a session could not speak for some of a span of time. */
  wasCutOff(sessionTag: string, fromMs: number, untilMs: number): boolean {
    const agent = this.#agents.get(sessionTag);
    if (this.breakagesIn(fromMs - killMarginMs, untilMs + killMarginMs, agent).length > 0) return true;
    return this.#absencesOf(agent).some(([from, until]) => from - killMarginMs <= untilMs && until >= fromMs);
  }

  /** Whether a session decided on what it knew itself, as the shared memory of its account was silent. */
  wasDegraded(sessionTag: string, fromMs: number, untilMs: number): boolean {
    const agent = this.#agents.get(sessionTag);
    return this.#evidence.life.some(
      (event) => event.name === 'degraded' && event.agent === agent && event.atMs >= fromMs && event.atMs <= untilMs,
    );
  }

  #absencesOf(agent: number | undefined): [number, number][] {
    const absences: [number, number][] = [];
    for (const { name, atMs, agent: of } of this.#evidence.life) {
      if (of !== agent) continue;
      if (name === 'disconnected') absences.push([atMs, Number.POSITIVE_INFINITY]);
      const last = absences.at(-1);
      if (name === 'reconnected' && last) last[1] = atMs;
    }
    return absences;
  }
}

/** What was handed to a socket this shortly before it broke may be lost without anybody noticing. */
const killMarginMs = 250;
