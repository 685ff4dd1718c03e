import type { NatsConnection, Status } from '@nats-io/nats-core';
import { type AgentNetError, TransportError } from '../errors.js';
import { type NatsTransport, natsTransport } from './nats-transport.js';
import { type LateOptions, PublishQueue } from './publish-queue.js';
import { toAgentNetError } from './to-agentnet-error.js';

/** What a link tells its owner. */
export interface LinkObserver {
  /** The connection is back; its subscriptions have been renewed. */
  onReconnect(): void;
  /** The connection was lost; the client tries to get it back. */
  onDisconnect?(error: AgentNetError): void;
  /** The connection ended for good without `close()` having been called. */
  onLost(error: AgentNetError): void;
  onError(error: AgentNetError): void;
}

/**
 * A transport that refuses to publish while the connection is down. The NATS client would buffer such messages and might deliver
 * them after the call that sent them has failed. What was already handed to the operating system cannot be called back.
 */
export class Link {
  readonly transport: NatsTransport;
  readonly #connection: NatsConnection;
  readonly #queue: PublishQueue;
  #later: (() => void)[] = [];
  #isUp = true;
  #isClosing = false;

  constructor(connection: NatsConnection, observer: LinkObserver) {
    this.#connection = connection;
    const inner = natsTransport(connection, { onError: (error) => observer.onError(error) });
    this.#queue = new PublishQueue({
      publish: inner.publish,
      isUp: () => this.#isUp,
      onError: (error) => observer.onError(error),
    });
    this.transport = {
      request: async (subject, body, options) => {
        this.#requireUp();
        this.#queue.flush();
        return inner.request(subject, body, options);
      },
      publish: (subject, body, options) => {
        this.#requireUp();
        this.#queue.publish(subject, body, options);
      },
      subscribe: (subject, options, onMessage) => {
        this.#queue.flush();
        return inner.subscribe(subject, options, onMessage);
      },
    };
    void this.#follow(observer);
    void connection.closed().then((cause) => {
      this.#isUp = false;
      if (!this.#isClosing) observer.onLost(cause instanceof Error ? toAgentNetError(cause) : closed());
    });
  }

  /** Publishes what nobody waits for, in the next write of something else where one comes soon; `onDropped` hears that the connection was lost before. */
  ride(published: Parameters<NatsTransport['publish']>, onDropped: () => void): void {
    this.#requireUp();
    this.#queue.ride(published, onDropped);
  }

  /** Publishes what is only decided when everything published before it leaves; undefined when it need not be. */
  later(make: () => Parameters<NatsTransport['publish']> | undefined, late?: LateOptions): void {
    this.#requireUp();
    this.#queue.later(make, late);
  }

  get isUp(): boolean {
    return this.#isUp;
  }

  /** Runs `work` once everything published so far has left, and at the latest before the link is flushed or closed. */
  afterwards(work: () => void): void {
    if (this.#later.push(work) === 1) setImmediate(this.#workOff);
  }

  readonly #workOff = (): void => {
    const later = this.#later;
    this.#later = [];
    for (const work of later) work();
  };

  /** Resolves when the server has processed everything published and subscribed so far. */
  async flush(): Promise<void> {
    try {
      this.#workOff();
      this.#queue.flush();
      await this.#connection.flush();
    } catch (cause) {
      throw toAgentNetError(cause);
    }
  }

  /** Delivers what is under way, then closes; after `timeoutMs` it only closes. Safe to call twice, and while the connection is down. */
  async close(timeoutMs: number): Promise<void> {
    this.#isClosing = true;
    const giveUp = setTimeout(() => void this.#connection.close(), timeoutMs);
    try {
      // Draining waits for the server, so it would hang while there is none.
      if (this.#isUp) {
        this.#workOff();
        this.#queue.flush();
        await this.#connection[Symbol.asyncDispose]();
      } else await this.#connection.close();
    } catch (cause) {
      throw toAgentNetError(cause);
    } finally {
      clearTimeout(giveUp);
    }
  }

  #requireUp(): void {
    if (!this.#isUp) throw closed();
  }

  async #follow(observer: LinkObserver): Promise<void> {
    for await (const status of this.#connection.status()) this.#take(status, observer);
  }

  #take(status: Status, observer: LinkObserver): void {
    if (status.type === 'disconnect' && this.#isUp) {
      this.#isUp = false;
      if (!this.#isClosing) {
        const error = closed();
        observer.onError(error);
        observer.onDisconnect?.(error);
      }
    }
    if (status.type === 'reconnect') {
      this.#isUp = true;
      observer.onReconnect();
    }
    if (status.type === 'error') observer.onError(toAgentNetError(status.error));
  }
}

function closed(): TransportError {
  return new TransportError('connection_closed', 'the connection to NATS is down');
}
