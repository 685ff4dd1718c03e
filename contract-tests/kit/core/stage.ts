import { nowTimestamp, operations } from '@agentnet/protocol';
import { Cleanup } from '../../harness/cleanup.js';
import { uniqueName } from '../../harness/message-builder.js';
import { type RawAccount, rawAccount } from '../../harness/raw-account.js';
import { ActingPeer, type JoinOptions } from '../peer-process/acting-peer.js';
import type { PeerPool } from '../peer-process/peer-pool.js';
import type { PeerProcess } from '../peer-process/peer-process.js';
import { judge } from './judgement.js';
import type { KitNetwork } from './kit-network.js';
import type { AgentStage, PairStage, RegistryStage, Stage } from './scenario.js';

/** What one run of a scenario uses, and how it is cleared away. */
export class OpenStage {
  /** Names and accounts of this run; the frames that mention one are its own. */
  readonly names = new Set<string>();
  readonly #cleanup = new Cleanup();

  constructor(readonly network: KitNetwork) {}

  /** The stage of a scenario for the implementations given: one for `agent`, two for `pair`, none for `registry`. */
  async set(pools: readonly PeerPool[]): Promise<AgentStage & PairStage & RegistryStage> {
    const { network } = this;
    const client = this.#cleanup.use(await network.connect());
    const [first, second] = pools;
    const stage: Stage = {
      natsUrl: network.natsUrl,
      client,
      judge,
      name: (word) => this.#name(word),
      account: (username) => this.#account(stage, username),
      connect: async () => this.#cleanup.use(await network.connect()),
      defer: (step) => this.#cleanup.defer(step),
    };
    const join = (pool: PeerPool | undefined) => (options?: JoinOptions) => this.#join(pool, options);
    return {
      ...stage,
      registry: network.registry,
      peer: join(first),
      asker: join(first),
      answerer: join(second ?? first),
    };
  }

  /** Clears away what the scenario used, last first. */
  clear(): Promise<void> {
    return this.#cleanup.run();
  }

  #name(word?: string): string {
    const name = uniqueName(word);
    this.names.add(name);
    return name;
  }

  async #account({ client }: Stage, username = this.#name('raw')): Promise<RawAccount> {
    const account = await rawAccount(client, username);
    this.names.add(account.accountId);
    if (this.network.kind === 'open') this.#keepAlive(client, username, account);
    return account;
  }

  /** Accounts in the scenario's hands stay online like any agent. */
  #keepAlive(client: Stage['client'], agent_id: string, account: RawAccount): void {
    const { accountId: account_id, username, sessionTag: session_tag } = account;
    const facts = { agent_id, name: agent_id, capabilities: [], metadata: {}, account_id, username, session_tag };
    const beat = setInterval(
      () => client.publish(operations.hello.subject, { ...facts, last_seen: nowTimestamp(Date.now()) }),
      this.network.registry.heartbeatSeconds * 1000,
    );
    this.#cleanup.defer(() => clearInterval(beat));
  }

  async #join(pool: PeerPool | undefined, options: JoinOptions = {}): Promise<ActingPeer> {
    if (!pool) throw new Error('this scenario has no implementation under test');
    const agent_id = options.agent_id ?? this.#name('peer');
    for (const name of [agent_id, options.username]) if (name) this.names.add(name);
    const process = await pool.take();
    let peer: ActingPeer | undefined;
    this.#cleanup.defer(() => giveBack(pool, process, peer));
    const join = { drain_timeout_ms: 2_000, ...options, agent_id, nats_url: options.nats_url ?? this.network.natsUrl };
    peer = await ActingPeer.join(process, join);
    this.names.add(peer.accountId);
    return peer;
  }
}

/** A process that left in order plays again; any other is ended. */
async function giveBack(pool: PeerPool, process: PeerProcess, peer: ActingPeer | undefined): Promise<void> {
  try {
    if (!peer || !process.isAlive) return;
    await peer.release();
    await peer.leave();
    if (process.isAlive) return pool.giveBack(process);
  } finally {
    if (!pool.has(process)) await process[Symbol.asyncDispose]();
  }
}
