import { type Hello, limits, type RegistryClient } from '@agentnet/protocol';
import { sanitizeLine } from '../text/sanitize.js';

/** Usernames by account, as far as somebody has told them; the oldest are forgotten. Names are sanitised and without `@`. */
export class AccountNames {
  readonly #usernames = new Map<string, string>();
  readonly #accounts = new Map<string, string>();

  /** The username of an account. */
  readonly usernameOf = (accountId: string): string | undefined => this.#usernames.get(accountId);

  /** The account of a username. */
  readonly accountOf = (username: string): string | undefined => this.#accounts.get(username.toLowerCase());

  /** Remembers one name. */
  learn({ account_id, username }: Pick<Hello, 'account_id' | 'username'>): void {
    if (!account_id || !username) return;
    const accountId = sanitizeLine(account_id);
    const name = sanitizeLine(username);
    this.#usernames.delete(accountId);
    this.#usernames.set(accountId, name);
    this.#accounts.set(name.toLowerCase(), accountId);
    const [oldest] = this.#usernames;
    if (this.#usernames.size <= limits.resolveCacheMaxEntries || !oldest) return;
    this.#usernames.delete(oldest[0]);
    this.#accounts.delete(oldest[1].toLowerCase());
  }

  /** Asks the registry who is online, and for the accounts of `usernames`, which may not be. */
  async load(registry: RegistryClient, usernames: readonly string[], signal: AbortSignal): Promise<void> {
    let cursor: string | null | undefined;
    do {
      const page = await registry.list(cursor ? { cursor } : {}, { signal });
      for (const row of page.agents) this.learn(row);
      cursor = page.next_cursor;
    } while (cursor && this.#usernames.size < limits.resolveCacheMaxEntries);
    for (const username of usernames) {
      if (this.accountOf(username) === undefined) await this.#resolve(registry, username, signal);
    }
  }

  async #resolve(registry: RegistryClient, username: string, signal: AbortSignal): Promise<void> {
    const found = await registry.resolveAccount({ username }, { signal });
    this.learn({ account_id: found.account_id, username });
  }
}
