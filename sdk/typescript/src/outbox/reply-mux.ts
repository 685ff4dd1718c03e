import { randomUUID } from 'node:crypto';
import { decodeJson, is, subjects } from '@agentnet/protocol';
import type { Clock } from '../clock.js';
import type { NatsMessage, NatsTransport } from '../connection/nats-transport.js';
import { noResponders } from '../connection/to-agentnet-error.js';
import { type AgentNetError, ValidationError } from '../errors.js';
import { Expectation } from '../expectation.js';
import { type ReceivedMessage, toReceivedMessage } from '../received-message.js';

/** One request's wait for its reply. */
export interface AwaitedReply {
  readonly reply: Expectation<ReceivedMessage>;
  /** Where the reply is expected: the request's NATS reply subject. */
  readonly subject: string;
  /** Ends the wait; later replies are ignored. */
  forget(): void;
}

interface Pending {
  readonly reply: Expectation<ReceivedMessage>;
  readonly requestSubject: string;
}

/** All replies of one session arrive on one subscription and are told apart by the last token of their subject. Spec: channel `replyInbox`. */
export class ReplyMux {
  readonly #clock: Clock;
  readonly #session: string;
  readonly #prefixLength: number;
  readonly #pending = new Map<string, Pending>();
  // Not guessable from the session tag, which everybody can see.
  readonly #salt = randomUUID().replaceAll('-', '');
  #count = 0;

  constructor(sessionTag: string, clock: Clock) {
    this.#clock = clock;
    this.#session = is('SubjectToken', sessionTag) ? sessionTag : this.#salt;
    this.#prefixLength = subjects.replyInbox(this.#session, this.#salt).length - this.#salt.length;
  }

  subscribe(transport: NatsTransport): void {
    const pattern = `${subjects.replyInbox(this.#session, this.#salt).slice(0, this.#prefixLength)}*`;
    transport.subscribe(pattern, {}, (message) => this.#deliver(message));
  }

  /** @param requestSubject - where the request goes, for the error when nobody is there */
  expect(requestSubject: string): AwaitedReply {
    this.#count++;
    const token = `${this.#salt}${this.#count.toString(36)}`;
    const reply = new Expectation<ReceivedMessage>(this.#clock);
    this.#pending.set(token, { reply, requestSubject });
    return {
      reply,
      subject: subjects.replyInbox(this.#session, token),
      forget: () => void this.#pending.delete(token),
    };
  }

  failAll(error: AgentNetError): void {
    for (const { reply } of this.#pending.values()) reply.fail(error);
  }

  #deliver(message: NatsMessage): void {
    const pending = this.#pending.get(message.subject.slice(this.#prefixLength));
    if (!pending) return;
    if (message.noResponders) {
      pending.reply.fail(noResponders(pending.requestSubject));
      return;
    }
    const decoded = decodeJson('Message', message.body);
    if (decoded.ok) pending.reply.arrive(toReceivedMessage(decoded.value));
    else pending.reply.fail(new ValidationError('invalid_reply', `the reply is no message: ${decoded.detail}`));
  }
}
