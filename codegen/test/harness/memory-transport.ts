import type { Transport, TransportMessage, TransportSubscription } from '@agentnet/protocol';

interface Subscriber {
  readonly subject: string;
  readonly queue: string | undefined;
  readonly onMessage: (message: TransportMessage) => void;
}

export interface Published {
  readonly subject: string;
  readonly body: Uint8Array;
  readonly reply?: string;
}

/** A network inside the process: exact subjects, queue groups, one answer per request. Everything published is kept. */
export class MemoryTransport implements Transport {
  readonly published: Published[] = [];
  readonly subscribers: Subscriber[] = [];
  /** Thrown by the next `publish`. */
  failure: Error | undefined;
  #inboxes = 0;

  request(
    subject: string,
    body: Uint8Array,
    { timeoutMs, signal }: { timeoutMs: number; signal?: AbortSignal },
  ): Promise<Uint8Array> {
    this.requested = signal ? { timeoutMs, signal } : { timeoutMs };
    this.#inboxes += 1;
    const reply = `_INBOX.test.${this.#inboxes}`;
    return new Promise((resolve) => {
      this.subscribe(reply, {}, (message) => resolve(message.body));
      this.publish(subject, body, { reply });
    });
  }

  /** Options of the last request. */
  requested: { timeoutMs: number; signal?: AbortSignal } | undefined;

  publish(subject: string, body: Uint8Array, options: { reply?: string } = {}): void {
    const { failure } = this;
    if (failure) {
      this.failure = undefined;
      throw failure;
    }
    const message = { subject, body, ...options };
    this.published.push(message);
    const matching = this.subscribers.filter((subscriber) => subscriber.subject === subject);
    const groups = new Set<string>();
    for (const { queue, onMessage } of matching) {
      if (queue !== undefined && groups.has(queue)) continue;
      if (queue !== undefined) groups.add(queue);
      onMessage(message);
    }
  }

  subscribe(
    subject: string,
    { queue }: { queue?: string },
    onMessage: (message: TransportMessage) => void,
  ): TransportSubscription {
    const subscriber = { subject, queue, onMessage };
    this.subscribers.push(subscriber);
    const unsubscribe = () => {
      const index = this.subscribers.indexOf(subscriber);
      if (index !== -1) this.subscribers.splice(index, 1);
    };
    return {
      unsubscribe,
      drain: async () => unsubscribe(),
    };
  }

  /** Sends raw bytes the way a foreign client would, and reads the answer as JSON. */
  async ask(subject: string, body: string | Uint8Array): Promise<unknown> {
    const bytes = typeof body === 'string' ? new TextEncoder().encode(body) : body;
    return JSON.parse(new TextDecoder().decode(await this.request(subject, bytes, { timeoutMs: 1000 })));
  }
}
