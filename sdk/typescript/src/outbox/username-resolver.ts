import { is, limits, type RegistryClient } from '@agentnet/protocol';
import type { Clock } from '../clock.js';
import { RemoteError, ValidationError } from '../errors.js';
import type { LatencyWindow } from '../metrics/latency-window.js';

interface Entry {
  readonly accountId: string;
  readonly expiresAt: number;
}

/** What a resolver needs besides the registry. */
export interface UsernameResolverOptions {
  clock: Clock;
  /** 0 remembers nothing. */
  ttlMs: number;
  latency: LatencyWindow;
}

/** Finds the account of a username and remembers it. A refusal by the registry is final: no other source is asked. */
export class UsernameResolver {
  readonly #registry: RegistryClient;
  readonly #options: UsernameResolverOptions;
  readonly #known = new Map<string, Entry>();
  #hits = 0;
  #misses = 0;

  constructor(registry: RegistryClient, options: UsernameResolverOptions) {
    this.#registry = registry;
    this.#options = options;
  }

  get statistics(): { ttl_seconds: number; size: number; hits: number; misses: number } {
    return { ttl_seconds: this.#options.ttlMs / 1000, size: this.#known.size, hits: this.#hits, misses: this.#misses };
  }

  /**
   * @returns the account id
   * @throws {AgentNetError} `invalid_target`, `not_found`, `registry_unavailable`, `request_timeout`, `cancelled`
   */
  async resolve(username: string, signal?: AbortSignal): Promise<string> {
    const name = lookupName(username);
    const entry = this.#known.get(name);
    if (entry && entry.expiresAt > this.#options.clock.elapsed()) {
      this.#hits++;
      return entry.accountId;
    }
    this.#misses++;
    return this.#ask(name, signal);
  }

  async #ask(name: string, signal?: AbortSignal): Promise<string> {
    const { clock, latency } = this.#options;
    const startedAt = clock.elapsed();
    try {
      const { account_id } = await this.#registry.resolveAccount({ username: name }, signal ? { signal } : {});
      this.#remember(name, account_id);
      return account_id;
    } catch (cause) {
      if (!(cause instanceof RemoteError && cause.code === 'not_found')) throw cause;
      this.#known.delete(name);
      throw new RemoteError('not_found', `no account found for username '${name}'`, { cause });
    } finally {
      latency.add(clock.elapsed() - startedAt);
    }
  }

  #remember(name: string, accountId: string): void {
    const { clock, ttlMs } = this.#options;
    if (ttlMs === 0) return;
    this.#known.delete(name);
    this.#known.set(name, { accountId, expiresAt: clock.elapsed() + ttlMs });
    const [oldest] = this.#known.keys();
    if (this.#known.size > limits.resolveCacheMaxEntries && oldest !== undefined) this.#known.delete(oldest);
  }
}

function lookupName(username: string): string {
  const name = typeof username === 'string' ? username.trim().toLowerCase().replace(/^@+/, '').trim() : '';
  if (name === '' || !is('UsernameText', name))
    throw new ValidationError('invalid_target', `${JSON.stringify(username)} is no username`);
  return name;
}
