import { type Feature, features } from '../core/scenario.js';
import { PeerProcess, type PeerProgram } from './peer-process.js';

/** Processes of one implementation, used again for the next scenario when they left the last one in order. */
export class PeerPool implements AsyncDisposable {
  readonly #idle: PeerProcess[] = [];
  #features: Promise<ReadonlySet<Feature>> | undefined;

  constructor(readonly program: PeerProgram) {}

  /** What the implementation says it has. */
  features(): Promise<ReadonlySet<Feature>> {
    this.#features ??= this.#ask();
    return this.#features;
  }

  async take(): Promise<PeerProcess> {
    for (let idle = this.#idle.pop(); idle; idle = this.#idle.pop()) {
      if (idle.isAlive) return idle;
      await idle[Symbol.asyncDispose]();
    }
    return PeerProcess.start(this.program);
  }

  /** Takes a process back whose agent has left. */
  giveBack(peer: PeerProcess): void {
    this.#idle.push(peer);
  }

  /** Whether a process waits here for its next agent. */
  has(peer: PeerProcess): boolean {
    return this.#idle.includes(peer);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#idle.splice(0).map((peer) => peer[Symbol.asyncDispose]()));
  }

  async #ask(): Promise<ReadonlySet<Feature>> {
    const peer = await this.take();
    this.giveBack(peer);
    return new Set(features.filter((name) => peer.hello.features.includes(name)));
  }
}
