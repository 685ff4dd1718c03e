import { limits, type RegistryClient } from '@agentnet/protocol';
import type { Clock } from '../clock.js';
import { AgentNetError } from '../errors.js';

interface Known {
  readonly publicKey: string;
  readonly expiresAt: number;
}

/** The public keys of other accounts, from the registry. One lookup serves all who wait for it, and failures are remembered for a while. */
export class KeyRing {
  readonly #registry: RegistryClient;
  readonly #clock: Clock;
  readonly #known = new Map<string, Known>();
  /** Apart from the keys, so that made-up senders cannot crowd them out. */
  readonly #missing = new Map<string, number>();
  readonly #asked = new Map<string, Promise<string | undefined>>();
  #waiting = 0;

  constructor(registry: RegistryClient, clock: Clock) {
    this.#registry = registry;
    this.#clock = clock;
  }

  /**
   * The key bound to an account; undefined when none can be found. Only a promise when the registry has to be asked, so that
   * messages whose key is known never wait for those whose is not, and each sender's messages stay in order.
   */
  find(accountId: string): string | undefined | Promise<string | undefined> {
    const now = this.#clock.elapsed();
    const known = this.#known.get(accountId);
    if (known && now < known.expiresAt) return known.publicKey;
    if (now < (this.#missing.get(accountId) ?? Number.NEGATIVE_INFINITY)) return undefined;
    if (this.#waiting >= limits.authKeyWaitMax) return undefined;
    const asked = this.#asked.get(accountId) ?? this.#lookUp(accountId);
    this.#asked.set(accountId, asked);
    this.#waiting++;
    return asked.finally(() => this.#waiting--);
  }

  async #lookUp(accountId: string): Promise<string | undefined> {
    const publicKey = await this.#ask(accountId).finally(() => this.#asked.delete(accountId));
    const now = this.#clock.elapsed();
    if (publicKey === undefined) remember(this.#missing, accountId, now + limits.authKeyMissTtlMs);
    else remember(this.#known, accountId, { publicKey, expiresAt: now + limits.authKeyCacheTtlMs });
    return publicKey;
  }

  /** Whatever goes wrong, the sender is told the same: no key. */
  async #ask(account_id: string): Promise<string | undefined> {
    try {
      return (await this.#registry.resolveKey({ account_id }, { timeoutMs: limits.resolveTimeoutMs })).public_key;
    } catch (cause) {
      if (cause instanceof AgentNetError) return undefined;
      throw cause;
    }
  }
}

function remember<T>(map: Map<string, T>, accountId: string, value: T): void {
  map.delete(accountId);
  map.set(accountId, value);
  const [oldest] = map.keys();
  if (map.size > limits.authKeyCacheMaxEntries && oldest !== undefined) map.delete(oldest);
}
