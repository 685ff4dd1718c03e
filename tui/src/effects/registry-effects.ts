import { ProtocolError, type RegistryClient } from '@agentnet/protocol';
import { failureOf, failureText } from '../output/report-failure.js';
import type { Action } from '../state/action.js';
import type { Effect } from '../state/effect.js';
import type { AgentEntry } from '../state/entries.js';
import { sanitizeLine } from '../text/sanitize.js';
import { agentEntries, messageEntry, profileEntry, threadEntry } from './to-entries.js';

/** Rows of one page of threads, and of messages. */
const pageSize = { threads: 50, messages: 100 };
/** Online sessions that are looked at; more are not read by anybody. */
const sessionsMost = 5000;
/** Keys asked for at the same time. */
const keysAtOnce = 4;

type Load = Extract<Effect, { do: 'loadAgents' | 'loadProfile' | 'loadThreads' | 'loadThread' | 'loadRoom' }>;

/** Questions to the registry. Every answer and every failure becomes an action; nothing is thrown. */
export class RegistryEffects {
  readonly #registry: () => RegistryClient | undefined;
  readonly #dispatch: (action: Action) => void;
  /** Accounts whose key has been asked for. */
  readonly #asked = new Set<string>();

  constructor(registry: () => RegistryClient | undefined, dispatch: (action: Action) => void) {
    this.#registry = registry;
    this.#dispatch = dispatch;
  }

  async load(effect: Load): Promise<void> {
    const registry = this.#registry();
    try {
      if (!registry) throw new ProtocolError('connection_closed', 'there is no connection to NATS');
      const action = await answer(registry, effect);
      this.#dispatch(action);
      if (action.type === 'agentsLoaded') await this.#learnTrust(registry, action.rows);
    } catch (cause) {
      this.#dispatch(failure(effect, sanitizeLine(failureText(failureOf(cause)))));
    }
  }

  /** Whether the registry knows a key of these accounts; asked once for each. */
  async #learnTrust(registry: RegistryClient, rows: readonly AgentEntry[]): Promise<void> {
    const wanted = rows.map(({ accountId }) => accountId).filter((accountId) => !this.#asked.has(accountId));
    for (const accountId of wanted) this.#asked.add(accountId);
    const next = async (): Promise<void> => {
      for (let accountId = wanted.pop(); accountId !== undefined; accountId = wanted.pop()) {
        await this.#learnKey(registry, accountId);
      }
    };
    await Promise.all(Array.from({ length: keysAtOnce }, next));
  }

  async #learnKey(registry: RegistryClient, accountId: string): Promise<void> {
    try {
      await registry.resolveKey({ account_id: accountId });
      this.#dispatch({ type: 'trustKnown', accountId, trust: 'signed' });
    } catch (cause) {
      // Anything but a plain no says nothing about the account; the next list asks again.
      if (!(cause instanceof ProtocolError && cause.code === 'not_found')) this.#asked.delete(accountId);
      else this.#dispatch({ type: 'trustKnown', accountId, trust: 'claimed' });
    }
  }
}

async function answer(registry: RegistryClient, effect: Load): Promise<Action> {
  switch (effect.do) {
    case 'loadAgents':
      return { type: 'agentsLoaded', rows: agentEntries(await listAll(registry)) };
    case 'loadProfile': {
      const { accountId, username } = effect;
      const asked = accountId === undefined ? { username: username ?? '' } : { account_id: accountId };
      return { type: 'profileLoaded', profile: profileEntry((await registry.profile(asked)).profile) };
    }
    case 'loadThreads': {
      const { filter, cursor } = effect;
      const wanted = filter.startsWith('@') ? { participant_username: filter.slice(1) } : { query: filter };
      const page = await registry.threadList({
        ...wanted,
        limit: pageSize.threads,
        ...(cursor === undefined ? {} : { cursor }),
      });
      return {
        type: 'threadsLoaded',
        filter,
        isFirstPage: cursor === undefined,
        rows: page.results.map(threadEntry),
        ...(page.next_cursor ? { cursor: page.next_cursor } : {}),
      };
    }
    case 'loadThread': {
      const { threadId, cursor } = effect;
      const page = await messages(registry, threadId, cursor);
      return {
        type: 'threadLoaded',
        threadId,
        isNewest: cursor === undefined,
        rows: page.messages.map(messageEntry),
        ...(page.next_cursor ? { cursor: page.next_cursor } : {}),
      };
    }
    case 'loadRoom': {
      const page = await messages(registry, effect.threadId);
      return { type: 'roomLoaded', threadId: effect.threadId, messages: page.messages.map(messageEntry).toReversed() };
    }
  }
}

function messages(registry: RegistryClient, threadId: string, cursor?: string) {
  const page = { thread_id: threadId, limit: pageSize.messages };
  return registry.threadMessages(cursor === undefined ? page : { ...page, cursor });
}

async function listAll(registry: RegistryClient) {
  const rows = [];
  let cursor: string | undefined;
  do {
    const page = await registry.list(cursor === undefined ? {} : { cursor });
    rows.push(...page.agents);
    cursor = page.next_cursor;
  } while (cursor !== undefined && rows.length < sessionsMost);
  return rows;
}

function failure(effect: Load, error: string): Action {
  switch (effect.do) {
    case 'loadAgents':
      return { type: 'agentsFailed', error };
    case 'loadProfile':
      return { type: 'profileFailed', error };
    case 'loadThreads':
      return { type: 'threadsFailed', error };
    case 'loadThread':
      return { type: 'threadFailed', threadId: effect.threadId, error };
    case 'loadRoom':
      return { type: 'notice', text: `the past of this thread is not to be had: ${error}`, tone: 'warn' };
  }
}
