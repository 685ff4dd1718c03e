import { limits, type RegistryClient, subjects, type TransportSubscription } from '@agentnet/protocol';
import { connect } from './connection/connect.js';
import { Link } from './connection/link.js';
import { registryQueries } from './connection/registry-queries.js';
import { type AgentNetError, TransportError } from './errors.js';
import { drainWork } from './inbox/drain-work.js';
import type { Inbox } from './inbox/inbox.js';
import { createInbox, subscribeInbox } from './inbox/open-inbox.js';
import type { MessageHandler } from './inbox/run-handler.js';
import type { AgentMetrics } from './metrics/agent-metrics.js';
import type { SessionFigures } from './metrics/snapshot.js';
import type { ResolvedOptions } from './options.js';
import { ReceiptDesk } from './outbox/await-receipt.js';
import type { Outbox } from './outbox/outbox.js';
import type { Replier } from './outbox/reply.js';
import { ReplyMux } from './outbox/reply-mux.js';
import { UsernameResolver } from './outbox/username-resolver.js';
import { Heartbeat } from './presence/heartbeat.js';
import { register, type Session } from './presence/register.js';

/** What a session is opened with. */
export interface SessionOptions {
  readonly options: ResolvedOptions;
  readonly handler: MessageHandler | undefined;
  readonly metrics: AgentMetrics;
  readonly signal: AbortSignal;
}

/** One stay on the network, from register to goodbye. */
export class AgentSession {
  readonly identity: Session;
  readonly outbox: Outbox;
  readonly replier: Replier;
  /** Resolves when the session is over: with the reason, if it was lost. */
  readonly ended: Promise<AgentNetError | undefined>;
  readonly #inbox: Inbox | undefined;
  readonly #heartbeat: Heartbeat;
  #subscriptions: TransportSubscription[] = [];
  #end: (reason?: AgentNetError) => void = () => undefined;
  #isLost = false;

  /** Connects, registers, subscribes, waits until the server knows the subscriptions, and only then says hello. */
  static async open({ options, handler, metrics, signal }: SessionOptions): Promise<AgentSession> {
    const connection = await connect({ ...options.connection, signal });
    let session: AgentSession | undefined;
    const link = new Link(connection, {
      onReconnect: () => {
        if (session) session.#heartbeat.beat();
      },
      onLost: (reason) => {
        if (session) session.#lose(reason);
      },
      onError: options.onError,
    });
    try {
      const registry = registryQueries(link.transport);
      const identity = await register(registry, options.profile, { heartbeatMs: options.heartbeatMs, signal });
      session = new AgentSession(identity, { link, registry, options, metrics, handler });
      session.#subscribe();
      await link.flush();
      session.#heartbeat.beat();
      await link.flush();
      return session;
    } catch (cause) {
      if (session) session.#heartbeat.stop();
      await link.close(limits.connectTimeoutMs);
      throw cause;
    }
  }

  private constructor(
    identity: Session,
    {
      link,
      registry,
      options,
      metrics,
      handler,
    }: Omit<SessionOptions, 'signal'> & { link: Link; registry: RegistryClient },
  ) {
    const { clock, resolveCacheTtlMs: ttlMs, maxPayloadBytes } = options;
    const usernames = new UsernameResolver(registry, { clock, ttlMs, latency: metrics.latency.resolve_username });
    const replies = new ReplyMux(identity.sessionTag, clock);
    this.identity = identity;
    this.outbox = {
      sender: identity,
      link,
      registry,
      receipts: new ReceiptDesk(clock),
      replies,
      usernames,
      metrics,
      options,
      clock,
    };
    this.replier = {
      sender: identity,
      maxPayloadBytes,
      now: () => clock.now(),
      publish: (subject, body) => link.transport.publish(subject, body),
    };
    this.#inbox = handler && createInbox({ handler, options, metrics, replier: this.replier });
    this.#heartbeat = new Heartbeat(registry, identity, { link, clock });
    this.ended = new Promise((resolve) => {
      this.#end = resolve;
    });
  }

  /** Whether the connection ended for good without `close()`. */
  get isLost(): boolean {
    return this.#isLost;
  }

  get figures(): SessionFigures {
    const { accountId, username, sessionTag } = this.identity;
    return {
      account_id: accountId,
      username,
      session_tag: sessionTag,
      inflight_count: this.#inbox?.queue.running ?? 0,
      pending_count: this.#inbox?.queue.pending ?? 0,
      circuit_open: this.#inbox?.breakers.isAnyOpen ?? false,
      username_cache: this.outbox.usernames.statistics,
    };
  }

  /** Takes no new work, finishes or refuses what was accepted, says goodbye and disconnects. */
  async close(): Promise<void> {
    const { link } = this.outbox;
    await this.#unsubscribeInbox();
    if (this.#inbox) await drainWork(this.#inbox);
    this.#heartbeat.stop();
    this.#failPending(new TransportError('connection_closed', 'the agent was closed'));
    if (link.isUp) this.#heartbeat.goodbye();
    await link.close(limits.connectTimeoutMs);
    this.#end();
  }

  #subscribe(): void {
    const { link, receipts, replies } = this.outbox;
    link.transport.subscribe(subjects.accountReceipts(this.identity.accountId), {}, ({ body }) =>
      receipts.deliver(body),
    );
    replies.subscribe(link.transport);
    if (this.#inbox) this.#subscriptions = subscribeInbox(link.transport, this.identity, this.#inbox);
  }

  /** First, so that other sessions of the account get the work; what the server has already sent here is still taken. */
  async #unsubscribeInbox(): Promise<void> {
    if (this.outbox.link.isUp) await Promise.all(this.#subscriptions.map((subscription) => subscription.drain()));
    else for (const subscription of this.#subscriptions) subscription.unsubscribe();
  }

  #failPending(error: AgentNetError): void {
    this.outbox.receipts.failAll(error);
    this.outbox.replies.failAll(error);
  }

  #lose(reason: AgentNetError): void {
    this.#isLost = true;
    this.#heartbeat.stop();
    this.#failPending(reason);
    this.#end(reason);
  }
}
