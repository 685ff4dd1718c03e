import { AgentNetError } from './errors.js';
import type { Forged } from './outbox/forged.js';
import type { ReceivedMessage } from './received-message.js';

/** What a node tells its listeners, by name. */
export interface AgentEvents {
  /** A message was refused, at the door or after it had been accepted; its sender has been told. Copies of a handled message count, with `duplicate`. */
  refused: { readonly message: ReceivedMessage; readonly code: string; readonly detail: string };
  /** The handler returned; the sender is told `processed`. */
  handled: { readonly message: ReceivedMessage; readonly durationMs: number };
  /** No receipt came, so the identical bytes are published again. `attempt` counts publishes: 2 is the first retry. */
  retry: { readonly messageId: string; readonly to: string; readonly attempt: number };
  /** The connection to NATS is down; until `reconnected` everything that sends fails with `connection_closed`. */
  disconnected: { readonly error: AgentNetError };
  /** The connection is back, the subscriptions are renewed and a hello is out; the session is the same. */
  reconnected: { readonly sessionTag: string };
  /**
   * Duplicates are told apart only by what this session took itself: the server has no JetStream, or the bucket did not answer. Reported once per
   * connection when there is no bucket, and for each message that met a silent one.
   */
  degraded: { readonly feature: 'sharedDedupe'; readonly error: AgentNetError };
  /** A reply or receipt without a good signature was ignored; whoever waits for it goes on waiting. */
  forged: Forged;
  /** A failure nobody waits for, as `onError` gets it. */
  error: { readonly error: AgentNetError };
}

/** Hears one kind of event. What it throws is reported as an error and changes nothing else. */
export type EventListener<N extends keyof AgentEvents> = (event: AgentEvents[N]) => void;

type Listeners = { [N in keyof AgentEvents]?: Set<EventListener<N>> };

/** The listeners of one node. Emitters ask `has` first, so that an event nobody hears is never built. */
export class EventBus {
  readonly #listeners: Listeners = {};
  readonly #onError: (error: AgentNetError) => void;

  /** @param onError - hears of every error, listeners or not */
  constructor(onError: (error: AgentNetError) => void) {
    this.#onError = onError;
  }

  /** @returns a function that ends it */
  on<N extends keyof AgentEvents>(name: N, listener: EventListener<N>): () => void {
    const listeners: Set<EventListener<N>> = this.#listeners[name] ?? new Set<EventListener<N>>();
    (this.#listeners as Record<N, Set<EventListener<N>>>)[name] = listeners;
    listeners.add(listener);
    return () => void listeners.delete(listener);
  }

  has(name: keyof AgentEvents): boolean {
    const listeners = this.#listeners[name];
    return listeners !== undefined && listeners.size > 0;
  }

  emit<N extends keyof AgentEvents>(name: N, event: AgentEvents[N]): void {
    for (const listener of this.#listeners[name] ?? []) {
      try {
        listener(event);
      } catch (cause) {
        // A listener can throw anything; the message or connection it heard of must not suffer.
        this.#onError(new AgentNetError('listener_failed', `a listener of '${name}' failed`, { cause }));
      }
    }
  }

  /** The one way of errors nobody waits for. */
  readonly report = (error: AgentNetError): void => {
    this.#onError(error);
    if (this.has('error')) this.emit('error', { error });
  };
}
