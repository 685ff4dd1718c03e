import type { MessageHeaders, Transport, TransportMessage, TransportSubscription } from '@agentnet/protocol';
import type { Msg, NatsConnection, PublishOptions, Subscription } from '@nats-io/nats-core';
import { type AgentNetError, TransportError } from '../errors.js';
import { noRespondersStatus, readHeaders, statusOf, writeHeaders } from './message-headers.js';
import { toAgentNetError } from './to-agentnet-error.js';

/** A message of the NATS client; its subject is decoded only when read. */
export interface NatsMessage extends TransportMessage {
  /** The server's answer to a request that nobody is subscribed to. */
  readonly noResponders: boolean;
}

/** The generated `Transport` over a NATS connection. */
export interface NatsTransport extends Transport {
  subscribe(
    subject: string,
    options: { queue?: string },
    onMessage: (message: NatsMessage) => void,
  ): TransportSubscription;
}

/** What the transport tells besides messages. */
export interface NatsTransportOptions {
  /** A subscription the server ended (permissions), or an error thrown by a message callback. */
  onError?: (error: AgentNetError) => void;
}

/**
 * Adapts a NATS connection to the three methods that generated code knows.
 * `request` fails with `registry_unavailable` or `recipient_offline` (nobody subscribed), `request_timeout`,
 * `cancelled` or `connection_closed`; `publish` and `subscribe` with `connection_closed` or `invalid_subject_token`.
 */
export function natsTransport(connection: NatsConnection, { onError }: NatsTransportOptions = {}): NatsTransport {
  return {
    async request(subject, body, { timeoutMs, signal, ...envelope }) {
      try {
        const options = publishOptions(envelope, connection);
        // The client's one subscription for all answers cannot be given a subject.
        const reply = connection.request(subject, body, {
          timeout: timeoutMs,
          ...options,
          ...(options.reply === undefined ? {} : { noMux: true }),
        });
        return (await (signal ? unlessAborted(reply, signal) : reply)).data;
      } catch (cause) {
        throw requestFailure(cause, subject, timeoutMs);
      }
    },
    publish(subject, body, options) {
      try {
        connection.publish(subject, body, options && publishOptions(options, connection));
      } catch (cause) {
        throw toAgentNetError(cause);
      }
    },
    subscribe(subject, { queue }, onMessage) {
      // An error thrown inside the client's read loop would end it, so nothing may escape the callback.
      const callback = (cause: Error | null, message: Msg) => {
        try {
          if (cause) onError?.(toAgentNetError(cause));
          else onMessage(new NatsDelivery(message));
        } catch (thrown) {
          onError?.(toAgentNetError(thrown));
        }
      };
      try {
        return subscriptionOf(connection.subscribe(subject, queue === undefined ? { callback } : { queue, callback }));
      } catch (cause) {
        throw toAgentNetError(cause);
      }
    },
  };
}

class NatsDelivery implements NatsMessage {
  readonly #message: Msg;
  declare readonly reply?: string;

  constructor(message: Msg) {
    this.#message = message;
    const reply = message.reply;
    if (reply) this.reply = reply;
  }

  get subject(): string {
    return this.#message.subject;
  }

  get body(): Uint8Array {
    return this.#message.data;
  }

  get headers(): MessageHeaders | undefined {
    return readHeaders(this.#message);
  }

  get noResponders(): boolean {
    return this.#message.data.length === 0 && statusOf(this.#message) === noRespondersStatus;
  }
}

/** A server that passes no headers on would end the connection over them. */
function publishOptions(
  { reply, headers }: { reply?: string; headers?: MessageHeaders },
  { info }: NatsConnection,
): PublishOptions {
  const options: PublishOptions = {};
  if (reply !== undefined) options.reply = reply;
  if (headers && info?.headers) options.headers = writeHeaders(headers);
  return options;
}

function subscriptionOf(subscription: Subscription): TransportSubscription {
  return {
    unsubscribe() {
      subscription.unsubscribe();
    },
    async drain() {
      await subscription[Symbol.asyncDispose]();
    },
  };
}

function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const cancel = () => reject(new TransportError('cancelled', 'the request was cancelled', { cause: signal.reason }));
    if (signal.aborted) cancel();
    signal.addEventListener('abort', cancel, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', cancel));
  });
}

function requestFailure(cause: unknown, subject: string, timeoutMs: number): AgentNetError {
  const error = toAgentNetError(cause);
  return error.code === 'request_timeout'
    ? new TransportError('request_timeout', `no reply on ${subject} within ${timeoutMs} ms`, { cause })
    : error;
}
