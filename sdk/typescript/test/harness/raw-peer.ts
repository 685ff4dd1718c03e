import { type Message, type Receipt, type SentMessage, type SentReceipt, subjects } from '@agentnet/protocol';
import type { Msg, NatsConnection, Subscription } from '@nats-io/nats-core';
import { systemClock } from '../../src/clock.js';
import { connect } from '../../src/connection/index.js';

/** What was published, decoded. */
export interface Seen<T> {
  readonly subject: string;
  readonly reply: string;
  readonly body: T;
  readonly text: string;
}

/** A subscription whose messages are awaited one by one. */
export class Tap<T> {
  readonly #subscription: Subscription;
  readonly #messages: AsyncIterator<Msg>;
  readonly #label: string;

  constructor(subscription: Subscription) {
    this.#subscription = subscription;
    this.#messages = subscription[Symbol.asyncIterator]();
    this.#label = subscription.getSubject();
  }

  async next(timeoutMs = 5_000): Promise<Seen<T>> {
    const message = await this.nextRaw(timeoutMs);
    const text = new TextDecoder().decode(message.data);
    return { subject: message.subject, reply: message.reply ?? '', text, body: JSON.parse(text) as T };
  }

  async nextRaw(timeoutMs = 5_000): Promise<Msg> {
    let cancel = (): void => undefined;
    const late = new Promise<never>((_, reject) => {
      cancel = systemClock.after(timeoutMs, () =>
        reject(new Error(`nothing on ${this.#label} within ${timeoutMs} ms`)),
      );
    });
    try {
      const { value, done } = await Promise.race([this.#messages.next(), late]);
      if (done) throw new Error(`${this.#label} has ended`);
      return value;
    } finally {
      cancel();
    }
  }

  async take(count: number): Promise<Seen<T>[]> {
    const seen: Seen<T>[] = [];
    while (seen.length < count) seen.push(await this.next());
    return seen;
  }

  end(): void {
    this.#subscription.unsubscribe();
  }
}

/** The other side of the wire: plain NATS, no SDK. */
export class RawPeer {
  private constructor(
    readonly connection: NatsConnection,
    readonly accountId: string,
  ) {}

  static async join(url: string, accountId = 'acct_raw'): Promise<RawPeer> {
    return new RawPeer(await connect({ url, name: 'raw peer' }), accountId);
  }

  /** Subscribed at the server when it returns. */
  async tap<T = Message>(subject: string): Promise<Tap<T>> {
    const tap = new Tap<T>(this.connection.subscribe(subject));
    await this.connection.flush();
    return tap;
  }

  inbox(accountId = this.accountId): Promise<Tap<SentMessage>> {
    return this.tap(subjects.accountInbox(accountId));
  }

  receipts(accountId = this.accountId): Promise<Tap<SentReceipt>> {
    return this.tap(subjects.accountReceipts(accountId));
  }

  /** Publishes JSON, or a text or bytes as they are. */
  publish(subject: string, body: unknown, reply?: string): void {
    const data = typeof body === 'string' || body instanceof Uint8Array ? body : JSON.stringify(body);
    this.connection.publish(subject, data, reply === undefined ? {} : { reply });
  }

  receipt(message: SentMessage, fields: Partial<Receipt> = {}): void {
    this.publish(subjects.accountReceipts(message.from_account_id), {
      message_id: message.message_id,
      status: 'accepted',
      ...fields,
    });
  }

  /** Everything published before has reached the server. */
  flush(): Promise<void> {
    return this.connection.flush();
  }

  async leave(): Promise<void> {
    await this.connection.close();
  }
}
