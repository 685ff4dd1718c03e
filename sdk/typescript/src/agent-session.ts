import { limits, type RegistryClient, subjects, type TransportSubscription } from '@agentnet/protocol';
import type { NatsConnection } from '@nats-io/nats-core';
import { connect } from './connection/connect.js';
import { Link } from './connection/link.js';
import { registryQueries } from './connection/registry-queries.js';
import { type AgentNetError, TransportError, ValidationError } from './errors.js';
import type { EventBus } from './events.js';
import { drainWork } from './inbox/drain-work.js';
import type { Inbox } from './inbox/inbox.js';
import { createInbox, subscribeInbox } from './inbox/open-inbox.js';
import { ReceiptOutbox } from './inbox/receipt-outbox.js';
import { publishReceipt } from './inbox/receipts.js';
import type { MessageHandler } from './inbox/run-handler.js';
import { SharedOutcomes } from './inbox/shared-outcomes.js';
import type { AgentMetrics } from './metrics/agent-metrics.js';
import type { SessionFigures } from './metrics/snapshot.js';
import type { ResolvedOptions } from './options.js';
import { ReceiptDesk } from './outbox/await-receipt.js';
import type { Sender } from './outbox/build-message.js';
import type { Forged } from './outbox/forged.js';
import type { Outbox } from './outbox/outbox.js';
import { type Replier, reply } from './outbox/reply.js';
import { ReplyMux } from './outbox/reply-mux.js';
import { sealed } from './outbox/seal.js';
import { UsernameResolver } from './outbox/username-resolver.js';
import type { KeyChanger } from './presence/change-key.js';
import { Heartbeat } from './presence/heartbeat.js';
import { receiptsWithReply, register, type Session } from './presence/register.js';
import { Signing } from './presence/signing.js';
import type { ReceivedMessage } from './received-message.js';
import { AskedStreams } from './streams/asked-streams.js';
import { Pacers } from './streams/pacer.js';

/** What a session is opened with. */
export interface SessionOptions {
  readonly options: ResolvedOptions;
  readonly handler: MessageHandler | undefined;
  readonly metrics: AgentMetrics;
  readonly events: EventBus;
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
  readonly #events: EventBus;
  readonly #shared: SharedOutcomes | undefined;
  readonly #heartbeat: Heartbeat;
  readonly #signing: Signing | undefined;
  #subscriptions: TransportSubscription[] = [];
  #end: (reason?: AgentNetError) => void = () => undefined;
  #isLost = false;

  /** Connects, registers, subscribes, waits until the server knows the subscriptions, and only then says hello. */
  static async open({ options, handler, metrics, events, signal }: SessionOptions): Promise<AgentSession> {
    const connection = await connect({ ...options.connection, signal });
    let session: AgentSession | undefined;
    const link = new Link(connection, {
      onReconnect: () => {
        if (session) session.#returned();
      },
      onDisconnect: (error) => {
        if (events.has('disconnected')) events.emit('disconnected', { error });
      },
      onLost: (reason) => {
        if (session) session.#lose(reason);
      },
      onError: options.onError,
    });
    try {
      const { heartbeatMs, clock, keyFile, onError, profile } = options;
      const registry = registryQueries(link.transport, clock);
      const { transport } = link;
      const signing = keyFile && (await Signing.open({ transport, registry, clock, keyFile, onError }, profile));
      const identity = signing
        ? await signing.register(profile, { heartbeatMs, signal })
        : (await register(registry, profile, { heartbeatMs, signal })).session;
      session = new AgentSession(identity, { link, registry, options, metrics, events, handler, signing, connection });
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
      events,
      handler,
      signing,
      connection,
    }: Omit<SessionOptions, 'signal'> & {
      link: Link;
      registry: RegistryClient;
      signing: Signing | undefined;
      connection: NatsConnection;
    },
  ) {
    const { clock, resolveCacheTtlMs: ttlMs, maxPayloadBytes } = options;
    const usernames = new UsernameResolver(registry, { clock, ttlMs, latency: metrics.latency.resolve_username });
    const verifier = signing?.verifierFor(identity);
    const sender: Sender = signing ? { ...identity, signer: signing.signer } : identity;
    const onForged = (forged: Forged) => {
      metrics.counters.forged_count++;
      if (events.has('forged')) events.emit('forged', forged);
    };
    const guard = verifier && { verifier, onForged };
    const replies = new ReplyMux(identity.sessionTag, clock, guard);
    this.identity = identity;
    this.outbox = {
      sender,
      link,
      registry,
      receipts: new ReceiptDesk(clock, guard),
      replies,
      usernames,
      metrics,
      events,
      options,
      clock,
      readsReceiptsFromReply: identity.features.has(receiptsWithReply),
      pacers: new Pacers(clock),
      asked: new AskedStreams({
        accountId: identity.accountId,
        link,
        maxPayloadBytes,
        verifier,
        // With a handler, the session's inbox sends the receipts.
        onTaken: (message) => {
          if (!handler) this.#acknowledge(message);
        },
        onError: options.onError,
      }),
    };
    this.replier = {
      sender,
      maxPayloadBytes,
      now: () => clock.now(),
      handling: new WeakMap(),
      receiptsWithReply: new WeakMap(),
      receipts: new ReceiptOutbox({ link, sender, onError: options.onError }),
      publish: (purpose, sealing) =>
        link.transport.publish(sealing.subject, sealing.body, sealed(sender, purpose, sealing)),
      publishLate: (purpose, make, late) =>
        link.later(() => {
          const sealing = make();
          return [sealing.subject, sealing.body, sealed(sender, purpose, sealing)];
        }, late),
    };
    this.#events = events;
    this.#shared = handler && sharedOutcomes(connection, identity, { options, events });
    this.#inbox =
      handler &&
      createInbox({
        handler,
        options,
        metrics,
        events,
        verifier,
        shared: this.#shared,
        outbox: this.outbox,
        replier: this.replier,
      });
    this.#signing = signing;
    this.#heartbeat = new Heartbeat(signing?.presence ?? registry, identity, { link, clock });
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
      inflight_count: this.#inbox ? this.#inbox.queue.running + this.#inbox.streams.lanes.running : 0,
      pending_count: this.#inbox ? this.#inbox.queue.pending + this.#inbox.streams.lanes.pending : 0,
      circuit_open: this.#inbox?.breakers.isAnyOpen ?? false,
      username_cache: this.outbox.usernames.statistics,
    };
  }

  /**
   * What the account's key is changed with.
   *
   * @throws {ValidationError} `invalid_option` without dev auth
   */
  get keyChanger(): KeyChanger {
    if (!this.#signing)
      throw new ValidationError('invalid_option', 'the agent has no key; start it with auth: { enabled: true }');
    const { signer, store } = this.#signing;
    const { clock, link } = this.outbox;
    return { transport: link.transport, signer, store, accountId: this.identity.accountId, clock };
  }

  /** Answers a request; its copies will get the same answer. */
  reply(message: ReceivedMessage, payload: unknown): void {
    const body = reply(this.replier, message, payload);
    const outcome = this.#inbox?.outcomes.of(message);
    if (outcome) this.#inbox?.outcomes.keepReply(outcome, body);
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
    const { accountId } = this.identity;
    link.transport.subscribe(subjects.accountReceipts(accountId), {}, (raw) => receipts.deliver(raw));
    this.#signing?.listen(accountId);
    replies.subscribe(link.transport);
    if (this.#inbox) this.#subscriptions = subscribeInbox(link.transport, this.identity, this.#inbox);
  }

  #acknowledge(message: ReceivedMessage): void {
    const source = { replier: this.replier, clock: this.outbox.clock };
    publishReceipt(message, 'accepted', source);
    publishReceipt(message, 'processed', source);
  }

  /** First, so that other sessions of the account get the work; what the server has already sent here is still taken. */
  async #unsubscribeInbox(): Promise<void> {
    if (this.outbox.link.isUp) await Promise.all(this.#subscriptions.map((subscription) => subscription.drain()));
    else for (const subscription of this.#subscriptions) subscription.unsubscribe();
  }

  /** The NATS client has renewed the subscriptions already. */
  #returned(): void {
    this.#heartbeat.beat();
    this.#shared?.reconnected();
    this.replier.receipts.settle();
    this.#signing?.keys.forgetAll();
    if (this.#events.has('reconnected')) this.#events.emit('reconnected', { sessionTag: this.identity.sessionTag });
  }

  #failPending(error: AgentNetError): void {
    this.outbox.receipts.failAll(error);
    this.outbox.replies.failAll(error);
    this.outbox.asked.failAll(error);
  }

  #lose(reason: AgentNetError): void {
    this.#isLost = true;
    this.#heartbeat.stop();
    this.#failPending(reason);
    this.#end(reason);
  }
}

/** None where nothing is shared anyway. */
function sharedOutcomes(
  connection: NatsConnection,
  { accountId, sessionTag }: Session,
  { options: { inbox, clock }, events }: Pick<SessionOptions, 'options' | 'events'>,
): SharedOutcomes | undefined {
  if (inbox.sharedDedupe === 'off') return undefined;
  return new SharedOutcomes(connection, {
    accountId,
    sessionTag,
    options: inbox,
    clock,
    onDegraded: (error) => {
      if (events.has('degraded')) events.emit('degraded', { feature: 'sharedDedupe', error });
    },
  });
}
