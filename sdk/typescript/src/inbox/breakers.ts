import { limits } from '@agentnet/protocol';
import type { Clock } from '../clock.js';

interface Circuit {
  failures: number;
  /** When an open circuit lets one message through to try; undefined while closed. */
  retryAt?: number;
  isProbing: boolean;
}

/** How many failures open a circuit, and for how long. */
export interface BreakerLimits {
  readonly breakerFailures: number;
  readonly breakerResetMs: number;
}

/** A circuit breaker per sender, so that one sender's bad messages do not shut the agent to everybody. */
export class Breakers {
  readonly #limits: BreakerLimits;
  readonly #clock: Clock;
  /** Only senders with recent failures, oldest first. */
  readonly #circuits = new Map<string, Circuit>();

  constructor(breakerLimits: BreakerLimits, clock: Clock) {
    this.#limits = breakerLimits;
    this.#clock = clock;
  }

  get isAnyOpen(): boolean {
    return [...this.#circuits.keys()].some((sender) => this.isOpen(sender));
  }

  /** Whether the sender's messages are refused now; after the reset time one message at a time is not. */
  isOpen(sender: string): boolean {
    const circuit = this.#circuits.get(sender);
    if (circuit?.retryAt === undefined) return false;
    return circuit.isProbing || this.#clock.elapsed() < circuit.retryAt;
  }

  /** A handler starts on the sender's message; false when the circuit has opened since it was accepted. */
  begin(sender: string): boolean {
    if (this.isOpen(sender)) return false;
    const circuit = this.#circuits.get(sender);
    if (circuit?.retryAt !== undefined) circuit.isProbing = true;
    return true;
  }

  succeed(sender: string): void {
    const circuit = this.#circuits.get(sender);
    if (!circuit) return;
    // An older message that ends well does not close a circuit that opened meanwhile; the probe does.
    if (circuit.retryAt === undefined || circuit.isProbing) this.#circuits.delete(sender);
    else circuit.failures = 0;
  }

  fail(sender: string): void {
    const circuit = this.#circuits.get(sender) ?? { failures: 0, isProbing: false };
    circuit.failures++;
    if (circuit.isProbing || circuit.failures >= this.#limits.breakerFailures) {
      circuit.retryAt = this.#clock.elapsed() + this.#limits.breakerResetMs;
      circuit.failures = 0;
      circuit.isProbing = false;
    }
    this.#circuits.delete(sender);
    this.#circuits.set(sender, circuit);
    const [oldest] = this.#circuits.keys();
    if (this.#circuits.size > limits.senderMaxEntries && oldest !== undefined) this.#circuits.delete(oldest);
  }
}
