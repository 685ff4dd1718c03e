import { limits, type RegistryClient } from '@agentnet/protocol';
import { AgentSession } from './agent-session.js';
import { TransportError, ValidationError } from './errors.js';
import { type AgentEvents, EventBus, type EventListener } from './events.js';
import type { MessageHandler } from './inbox/run-handler.js';
import { joinWithin, type StartOptions } from './join-within.js';
import { AgentMetrics } from './metrics/agent-metrics.js';
import { type MetricsSnapshot, noSession, takeSnapshot } from './metrics/snapshot.js';
import { type AgentNodeOptions, type ResolvedOptions, resolveOptions } from './options.js';
import { request } from './outbox/request.js';
import { accountTarget, capabilityTarget, resolveTarget, usernameTarget } from './outbox/resolve-target.js';
import { type Delivery, send } from './outbox/send.js';
import type { RequestOptions, SendOptions } from './outbox/send-options.js';
import { type KeyRotation, revokeKey, rotateKey } from './presence/change-key.js';
import type { ReceivedMessage } from './received-message.js';
import { stopSignal } from './stop-signal.js';
import { type AnswerStream, type AskStreamOptions, askStream } from './streams/ask-stream.js';
import type { TextChunks } from './streams/pump-text.js';
import type { SentStream, StreamTextOptions } from './streams/stream-options.js';
import { streamText } from './streams/stream-text.js';

/** A target as text: `account:<id>`, `acct_…`, `username:<name>`, `@name` or a bare name. */
interface To {
  to: string;
}

/**
 * An agent on the network: joins, sends, asks, answers.
 *
 * Every method that sends fails with `not_connected` before `start()` and with `connection_closed` while there is no connection.
 */
export class AgentNode {
  readonly #options: ResolvedOptions;
  readonly #metrics = new AgentMetrics();
  readonly #events: EventBus;
  #handler: MessageHandler | undefined;
  #joining: Promise<AgentSession> | undefined;
  #session: AgentSession | undefined;
  #leaving: Promise<void> | undefined;

  /** @throws {ValidationError} `invalid_option` for values out of range and unknown names */
  constructor(options: AgentNodeOptions) {
    const resolved = resolveOptions(options);
    this.#events = new EventBus(resolved.onError);
    this.#options = { ...resolved, onError: this.#events.report };
  }

  /**
   * Sets the one handler of inbox and capability messages; without one the agent only sends. Call it before `start()`.
   *
   * @throws {ValidationError} `invalid_option` after `start()`, or when there is a handler already
   */
  onMessage(handler: MessageHandler): void {
    if (typeof handler !== 'function') throw new ValidationError('invalid_option', 'the handler must be a function');
    if (this.#joining || this.#session) throw new ValidationError('invalid_option', 'call onMessage before start()');
    if (this.#handler)
      throw new ValidationError('invalid_option', 'onMessage was called before; an agent has one handler');
    this.#handler = handler;
  }

  /**
   * Hears what happens to this node from now on, also across `close()` and a new `start()`; an event without listener costs nothing.
   *
   * @param name - `refused`, `handled`, `retry`, `disconnected`, `reconnected`, `degraded` or `error`
   * @returns A function that ends it.
   */
  on<N extends keyof AgentEvents>(name: N, listener: EventListener<N>): () => void {
    return this.#events.on(name, listener);
  }

  /**
   * Joins the network. When it returns, the agent is subscribed and online; a second call while joined does nothing.
   *
   * @throws {AgentNetError} `connect_failed`, `authorization_failed`, `registry_unavailable`, `request_timeout`, `cancelled`, and what the
   * registry refuses a registration with
   * @see spec operations `register`, `hello`
   */
  async start(options: StartOptions = {}): Promise<void> {
    await this.#join(options);
  }

  /**
   * Joins, stays until the process gets SIGINT or SIGTERM, then leaves in order.
   *
   * @throws {AgentNetError} as `start`; `connection_closed` when the connection was lost for good
   */
  async startForever(options: StartOptions = {}): Promise<void> {
    const stop = stopSignal(options.signal);
    try {
      const session = await this.#join(options);
      const lost = await Promise.race([session.ended, stop.requested]);
      if (lost) throw lost;
      await this.close();
    } finally {
      stop.forget();
    }
  }

  /**
   * Leaves: takes no new work, waits up to `inbox.drainTimeoutMs` for accepted work, refuses the rest with a receipt, says goodbye, disconnects.
   * Afterwards `start()` may be called again.
   */
  close(): Promise<void> {
    this.#leaving ??= this.#leave();
    return this.#leaving;
  }

  /** Closes it, for `await using`. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /**
   * Sends one message and waits for its first receipt; on silence the identical bytes are sent again, 3 times in all by default. With
   * `until: 'processed'` it then waits for the final receipt.
   *
   * @returns Ids of the message and the receipt that decided. `accepted` means queued by the receiver, `processed` handled.
   * @throws {AgentNetError} `invalid_target`, `not_found`, `delivery_ack_timeout`, `delivery_rejected` (with `remoteCode`, e.g. `busy`, or
   * `handler_error` after it was accepted), `delivery_ack_unusable`, `processed_timeout`, `outcome_unknown`, `invalid_payload`,
   * `message_too_large`, `cancelled`
   * @see spec operation `send_to_account`
   */
  async send({ to, ...options }: SendOptions & To): Promise<Delivery> {
    const { outbox } = this.#joined();
    return send(outbox, await resolveTarget(to, outbox.usernames, options.signal), options);
  }

  /** As `send`, to an account id. */
  async sendToAccount({ toAccountId, ...options }: SendOptions & { toAccountId: string }): Promise<Delivery> {
    return send(this.#joined().outbox, accountTarget(toAccountId), options);
  }

  /** As `send`, to a username; it costs one registry call, remembered for `resolveCacheTtlMs`. */
  async sendToUsername({ username, ...options }: SendOptions & { username: string }): Promise<Delivery> {
    const { outbox } = this.#joined();
    return send(outbox, await usernameTarget(username, outbox.usernames, options.signal), options);
  }

  /** As `send`, to one of the agents that offer a capability. */
  async sendToCapability({ capability, ...options }: SendOptions & { capability: string }): Promise<Delivery> {
    return send(this.#joined().outbox, capabilityTarget(capability), options);
  }

  /**
   * Sends one message and waits for the reply. Nothing is sent again.
   *
   * @returns The first reply.
   * @throws {AgentNetError} `request_timeout`, `recipient_offline`, `invalid_target`, `not_found`, `invalid_payload`, `message_too_large`,
   * `cancelled`; an error reply's code (`busy`, `handler_error`, ...) unless `throwOnError` is false
   * @see spec operations `send_to_account`, `receive_reply`
   */
  async request({ to, ...options }: RequestOptions & To): Promise<ReceivedMessage> {
    const { outbox } = this.#joined();
    return request(outbox, await resolveTarget(to, outbox.usernames, options.signal), options);
  }

  /** As `request`, to an account id. */
  async requestAccount({
    toAccountId,
    ...options
  }: RequestOptions & { toAccountId: string }): Promise<ReceivedMessage> {
    return request(this.#joined().outbox, accountTarget(toAccountId), options);
  }

  /** As `request`, to a username; it costs one registry call, remembered for `resolveCacheTtlMs`. */
  async requestUsername({ username, ...options }: RequestOptions & { username: string }): Promise<ReceivedMessage> {
    const { outbox } = this.#joined();
    return request(outbox, await usernameTarget(username, outbox.usernames, options.signal), options);
  }

  /** As `request`, to one of the agents that offer a capability. */
  async requestCapability({
    capability,
    ...options
  }: RequestOptions & { capability: string }): Promise<ReceivedMessage> {
    return request(this.#joined().outbox, capabilityTarget(capability), options);
  }

  /**
   * Answers a request.
   *
   * @throws {AgentNetError} `invalid_target` when its sender waits for no reply; `invalid_payload`, `message_too_large`, `connection_closed`
   */
  async reply(message: ReceivedMessage, payload: unknown): Promise<void> {
    this.#joined().reply(message, payload);
  }

  /** Sends text to an account while it is being made. See the function `streamText`, which does it. */
  async streamText({ to, ...options }: StreamTextOptions & { chunks: TextChunks } & To): Promise<SentStream> {
    return streamText(this.#joined().outbox, to, options);
  }

  /** Sends one request and gives its answer while it is being made; no handler is needed. See the function `askStream`, which does it. */
  askStream({ to, ...options }: AskStreamOptions & To): AnswerStream {
    return askStream(this.#joined().outbox, to, options);
  }

  /**
   * The account id of a username, remembered for `resolveCacheTtlMs`.
   *
   * @throws {AgentNetError} `not_found`, `invalid_target`, `registry_unavailable`, `request_timeout`
   */
  async resolveUsername(username: string, { signal }: { signal?: AbortSignal } = {}): Promise<string> {
    return this.#joined().outbox.usernames.resolve(username, signal);
  }

  /**
   * Replaces the account's key; the old one signs the new one and stays valid for messages under way. No crash loses it: after a failure call it again.
   *
   * @throws {AgentNetError} `invalid_option` without dev auth; `auth_…`, `registry_unavailable`, `request_timeout`, `key_file_unusable`
   * @see spec operation `rotate_key`
   */
  async rotateKey({ signal }: { signal?: AbortSignal } = {}): Promise<KeyRotation> {
    return rotateKey(this.#joined().keyChanger, signal);
  }

  /** Withdraws the key that `rotateKey` replaced, or without `publicKey` the present one: then the account is dead until an operator binds another. */
  async revokeKey(options: { publicKey?: string; signal?: AbortSignal } = {}): Promise<void> {
    await revokeKey(this.#joined().keyChanger, options);
  }

  /** The registry's queries; each fails with an `AgentNetError`. */
  get registry(): RegistryClient {
    return this.#joined().outbox.registry;
  }

  /** The account this agent joined. */
  get accountId(): string {
    return this.#joined().identity.accountId;
  }

  /** The account's username, as the registry normalised it. */
  get username(): string {
    return this.#joined().identity.username;
  }

  /** Identity of this stay on the network. */
  get sessionTag(): string {
    return this.#joined().identity.sessionTag;
  }

  /** Counters and latencies since this node was made. */
  metricsSnapshot(): MetricsSnapshot {
    return takeSnapshot(
      this.#options.profile.agentId,
      this.#metrics,
      this.#session?.figures ?? noSession(this.#options.resolveCacheTtlMs),
    );
  }

  #joined(): AgentSession {
    if (!this.#session)
      throw new TransportError('not_connected', 'the agent is not on the network; await start() first');
    return this.#session;
  }

  /** Handlers that are still running may go on sending until the session is closed. */
  async #leave(): Promise<void> {
    try {
      // Whoever called start() is told why it failed.
      const session = await this.#joining?.catch(() => undefined);
      await session?.close();
    } finally {
      this.#session = undefined;
      this.#joining = undefined;
      this.#leaving = undefined;
    }
  }

  async #join(options: StartOptions): Promise<AgentSession> {
    if (this.#session?.isLost) await this.close();
    await this.#leaving;
    this.#joining ??= this.#open(options);
    const joining = this.#joining;
    try {
      return await joining;
    } catch (cause) {
      if (this.#joining === joining) this.#joining = undefined;
      throw cause;
    }
  }

  async #open({
    timeoutMs = limits.connectTimeoutMs + limits.registerTimeoutMs,
    signal,
  }: StartOptions): Promise<AgentSession> {
    this.#session = await joinWithin({ timeoutMs, signal, clock: this.#options.clock }, (either) =>
      AgentSession.open({
        options: this.#options,
        handler: this.#handler,
        metrics: this.#metrics,
        events: this.#events,
        signal: either,
      }),
    );
    return this.#session;
  }
}
