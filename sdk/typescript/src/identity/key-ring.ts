import { limits, parseInstant, type RegistryClient, type ResolveKeyReply } from '@agentnet/protocol';
import type { Clock } from '../clock.js';
import { AgentNetError } from '../errors.js';

/** The keys of one account, as the registry said. */
export interface AccountKeys {
  readonly publicKey: string;
  /** How every session of the account signs; absent where the registry does not say. */
  readonly scheme: string | undefined;
  /** The key that was replaced, and until when it counts, by the clock's `elapsed`. */
  readonly previous: { readonly publicKey: string; readonly expiresAt: number } | undefined;
}

/** Why there is no key. */
export type NoKeys = 'auth_key_not_found' | 'auth_key_revoked';

/** What is known of an account. */
export type FoundKeys = AccountKeys | NoKeys;

interface Known {
  readonly keys: AccountKeys;
  readonly askedAt: number;
  readonly expiresAt: number;
}

interface Missing {
  readonly why: NoKeys;
  readonly expiresAt: number;
}

/** The public keys of other accounts, from the registry. One lookup serves all who wait for it, and failures are remembered for a while. */
export class KeyRing {
  readonly #registry: RegistryClient;
  readonly #clock: Clock;
  readonly #known = new Map<string, Known>();
  /** Apart from the keys, so that made-up senders cannot crowd them out. */
  readonly #missing = new Map<string, Missing>();
  readonly #asked = new Map<string, Promise<FoundKeys>>();
  #waiting = 0;

  constructor(registry: RegistryClient, clock: Clock) {
    this.#registry = registry;
    this.#clock = clock;
  }

  /**
   * The keys of an account, or why there are none. Only a promise when the registry has to be asked, so that messages whose key is known never
   * wait for those whose is not, and each sender's messages stay in order.
   */
  find(accountId: string): FoundKeys | Promise<FoundKeys> {
    const now = this.#clock.elapsed();
    const known = this.#known.get(accountId);
    if (known && now < known.expiresAt) return known.keys;
    const missing = this.#missing.get(accountId);
    if (missing && now < missing.expiresAt) return missing.why;
    return this.#ask(accountId);
  }

  /** The keys of an account that signed with one that is not among those remembered: a little later they are asked for again. */
  findOther(accountId: string): FoundKeys | Promise<FoundKeys> {
    const known = this.#known.get(accountId);
    const isRecent = known && this.#clock.elapsed() < known.askedAt + limits.authKeyAskAgainMs;
    return isRecent ? known.keys : this.#ask(accountId);
  }

  /** What is remembered of an account, without asking anybody. */
  remembered(accountId: string): AccountKeys | undefined {
    const known = this.#known.get(accountId);
    return known && this.#clock.elapsed() < known.expiresAt ? known.keys : undefined;
  }

  /** The account's key changed; an answer that is under way may be an old one. */
  forget(accountId: string): void {
    this.#known.delete(accountId);
    this.#missing.delete(accountId);
    this.#asked.delete(accountId);
  }

  /** Everything may have changed while nobody could tell. */
  forgetAll(): void {
    this.#known.clear();
    this.#missing.clear();
    this.#asked.clear();
  }

  #ask(accountId: string): FoundKeys | Promise<FoundKeys> {
    if (this.#waiting >= limits.authKeyWaitMax) return 'auth_key_not_found';
    const asked = this.#asked.get(accountId) ?? this.#lookUp(accountId);
    this.#waiting++;
    return asked.finally(() => this.#waiting--);
  }

  #lookUp(accountId: string): Promise<FoundKeys> {
    const askedAt = this.#clock.elapsed();
    const answer = this.#question(accountId).then((found) => {
      if (this.#asked.get(accountId) === answer) this.#keep(accountId, found, askedAt);
      return found;
    });
    this.#asked.set(accountId, answer);
    return answer;
  }

  #keep(accountId: string, found: FoundKeys, askedAt: number): void {
    this.#asked.delete(accountId);
    const now = this.#clock.elapsed();
    if (typeof found === 'string') {
      this.#known.delete(accountId);
      remember(this.#missing, accountId, { why: found, expiresAt: now + limits.authKeyMissTtlMs });
    } else {
      this.#missing.delete(accountId);
      remember(this.#known, accountId, { keys: found, askedAt, expiresAt: now + limits.authKeyCacheTtlMs });
    }
  }

  /** Whatever goes wrong, the sender is told the same: no key. */
  async #question(account_id: string): Promise<FoundKeys> {
    try {
      return this.#read(await this.#registry.resolveKey({ account_id }, { timeoutMs: limits.resolveTimeoutMs }));
    } catch (cause) {
      if (!(cause instanceof AgentNetError)) throw cause;
      return cause.code === 'auth_key_revoked' ? 'auth_key_revoked' : 'auth_key_not_found';
    }
  }

  /** The registry's clock may differ from this one, the time between two of its instants does not. */
  #read({
    public_key,
    scheme,
    previous_public_key,
    previous_valid_until = '',
    resolved_at,
  }: ResolveKeyReply): AccountKeys {
    const [until, from] = [parseInstant(previous_valid_until), parseInstant(resolved_at)];
    const leftMs = until && from ? until.epochMs - from.epochMs : 0;
    const previous =
      previous_public_key === undefined || leftMs <= 0
        ? undefined
        : { publicKey: previous_public_key, expiresAt: this.#clock.elapsed() + leftMs };
    return { publicKey: public_key, scheme, previous };
  }
}

function remember<T>(map: Map<string, T>, accountId: string, value: T): void {
  map.delete(accountId);
  map.set(accountId, value);
  const [oldest] = map.keys();
  if (map.size > limits.authKeyCacheMaxEntries && oldest !== undefined) map.delete(oldest);
}
