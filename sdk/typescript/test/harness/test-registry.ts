import { randomUUID } from 'node:crypto';
import {
  type Goodbye,
  type Hello,
  nowTimestamp,
  Refusal,
  type RegisterRequest,
  type RegistryHandlers,
  type Service,
  serveRegistry,
} from '@agentnet/protocol';
import type { NatsConnection } from '@nats-io/nats-core';
import { natsTransport } from '../../src/connection/index.js';

interface Account {
  readonly accountId: string;
  readonly username: string;
  capabilities: readonly string[];
}

/** Just enough of a registry for an agent to join, behind the generated service skeleton. */
export class TestRegistry {
  readonly hellos: Hello[] = [];
  readonly goodbyes: Goodbye[] = [];
  readonly registrations: RegisterRequest[] = [];
  readonly resolved: string[] = [];
  readonly online = new Map<string, string>();
  heartbeatSeconds = 12;
  /** What it says it has, whatever is asked for. */
  features: string[] = [];
  readonly #accounts = new Map<string, Account>();
  readonly #service: Service;

  constructor(connection: NatsConnection) {
    this.#service = serveRegistry(natsTransport(connection), this.#handlers());
  }

  addAccount(username: string, accountId: string): void {
    this.#accounts.set(username, { accountId, username, capabilities: [] });
  }

  async stop(): Promise<void> {
    await this.#service.drain();
  }

  #handlers(): RegistryHandlers {
    const unserved = () => Promise.reject(new Refusal('internal_error'));
    return {
      register: async (request) => this.#register(request),
      resolveAccount: async ({ username }) => {
        this.resolved.push(username);
        const { accountId } = this.#account(username);
        return { account_id: accountId, username, resolved_at: nowTimestamp(Date.now()) };
      },
      profile: async ({ account_id, username }) => {
        const account =
          [...this.#accounts.values()].find((one) => one.accountId === account_id) ?? this.#account(username ?? '');
        return { generated_at: nowTimestamp(Date.now()), profile: this.#profile(account) };
      },
      search: async ({ capability }) => {
        const found = [...this.#accounts.values()].filter(
          (account) => this.#isOnline(account) && (!capability || account.capabilities.includes(capability)),
        );
        const { online_sessions: _, ...rest } = { online_sessions: 0 };
        const results = found.map((account) => ({ ...this.#card(account), ...rest, online_sessions: 1, online: true }));
        return {
          query: '',
          capability: capability ?? null,
          limit: 20,
          online_only: true,
          generated_at: nowTimestamp(Date.now()),
          results,
        };
      },
      list: async ({ cursor }) => {
        const [first, ...rest] = [...this.#accounts.values()].map((account) => ({ ...this.#row(account) }));
        const page =
          cursor === 'rest'
            ? { agents: rest }
            : { agents: first ? [first] : [], ...(rest.length > 0 ? { next_cursor: 'rest' } : {}) };
        return { generated_at: nowTimestamp(Date.now()), ...page };
      },
      resolveKey: unserved,
      rotateKey: unserved,
      revokeKey: unserved,
      threadStatus: unserved,
      threadList: unserved,
      threadMessages: unserved,
      messageSearch: unserved,
      metrics: unserved,
      hello: async (hello) => {
        this.hellos.push(hello);
        if (hello.account_id) this.online.set(hello.session_tag, hello.account_id);
      },
      goodbye: async (goodbye) => {
        this.goodbyes.push(goodbye);
        this.online.delete(goodbye.session_tag);
      },
    };
  }

  #register(request: RegisterRequest) {
    this.registrations.push(request);
    const username = (request.username ?? request.agent_id).toLowerCase();
    const known = this.#accounts.get(username);
    const accountId = known?.accountId ?? request.account_id ?? `acct_${randomUUID().replaceAll('-', '')}`;
    this.#accounts.set(username, { accountId, username, capabilities: request.capabilities ?? [] });
    const sessionTag = `registry_${randomUUID().replaceAll('-', '').toUpperCase()}`;
    this.online.set(sessionTag, accountId);
    return {
      account_id: accountId,
      username,
      session_tag: sessionTag,
      heartbeat_interval: this.heartbeatSeconds,
      ttl_seconds: 40,
      registered_at: nowTimestamp(Date.now()),
      ...(this.features.length > 0 && { features: this.features }),
    };
  }

  #account(username: string): Account {
    const account = this.#accounts.get(username.replace(/^@/, '').toLowerCase());
    if (!account) throw new Refusal('not_found');
    return account;
  }

  #isOnline({ accountId }: Account): boolean {
    return [...this.online.values()].includes(accountId);
  }

  #card({ accountId, username, capabilities }: Account) {
    return {
      account_id: accountId,
      username,
      display_name: username,
      capabilities: [...capabilities],
      metadata: {},
      visibility: 'public',
      status: 'active',
    };
  }

  #row(account: Account) {
    return {
      agent_id: account.username,
      name: account.username,
      capabilities: [...account.capabilities],
      metadata: {},
      account_id: account.accountId,
    };
  }

  #profile(account: Account) {
    const now = nowTimestamp(Date.now());
    return {
      ...this.#card(account),
      bio: '',
      created_at: now,
      updated_at: now,
      online: this.#isOnline(account),
      online_sessions: [],
    };
  }
}
