import { PeerPool } from '../../kit/peer-process/peer-pool.js';
import type { PeerProcess } from '../../kit/peer-process/peer-process.js';
import type { FaultyAgent, Scene } from './fault.js';
import { Middleman } from './middleman.js';

/** Agents of an implementation that is good, made faulty from outside: by what stands between them and NATS, and them and the kit. */
export class FaultyPool extends PeerPool {
  readonly #good: PeerPool;
  readonly #mutant: FaultyAgent;
  readonly #notes: Scene['notes'] = new Map();
  readonly #middlemen = new Map<PeerProcess, Middleman>();
  /** Of processes that left in order; what they sent last may still be on its way. */
  readonly #used: (Middleman | undefined)[] = [];

  constructor(good: PeerPool, mutant: FaultyAgent) {
    super({ ...good.program, name: `${mutant.name} (${good.program.name})` });
    this.#good = good;
    this.#mutant = mutant;
  }

  override features(): ReturnType<PeerPool['features']> {
    return this.#good.features();
  }

  override async take(): Promise<PeerProcess> {
    const { fault } = this.#mutant;
    const [peer, middleman] = [await this.#good.take(), await Middleman.start(fault, this.#notes)];
    this.#middlemen.set(peer, middleman);
    const { scene } = middleman;
    peer.passage = {
      command(told) {
        const command =
          told.do === 'join' && told.nats_url ? { ...told, nats_url: middleman.inFrontOf(told.nats_url) } : told;
        return fault.command?.(command, scene) ?? command;
      },
      observation: (seen) => fault.observation?.(seen, scene) ?? seen,
    };
    return peer;
  }

  override giveBack(peer: PeerProcess): void {
    peer.passage = undefined;
    this.#used.push(this.#middlemen.get(peer));
    this.#middlemen.delete(peer);
    this.#good.giveBack(peer);
  }

  override has(peer: PeerProcess): boolean {
    return this.#good.has(peer);
  }

  override async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#middlemen.values(), ...this.#used].map((one) => one?.[Symbol.asyncDispose]()));
  }
}
