import { randomUUID } from 'node:crypto';
import { type Decoded, decodeJson, is, type Message, subjects } from '@agentnet/protocol';
import type { Clock } from '../clock.js';
import type { NatsMessage, NatsTransport } from '../connection/nats-transport.js';
import { noResponders } from '../connection/to-agentnet-error.js';
import { type AgentNetError, ValidationError } from '../errors.js';
import { Expectation } from '../expectation.js';
import type { AuthCode } from '../identity/message-verifier.js';
import { type ReceivedMessage, toReceivedMessage } from '../received-message.js';
import { readStreamEvent } from '../streams/stream-event.js';
import type { ReceiptGuard } from './await-receipt.js';

/** One request's wait for its reply. */
export interface AwaitedReply {
  readonly reply: Expectation<ReceivedMessage>;
  /** Where the reply is expected: the request's NATS reply subject. */
  readonly subject: string;
  /** Why the last reply that failed verification was ignored. */
  readonly ignored: AuthCode | undefined;
  /** Ends the wait; later replies are ignored. */
  forget(): void;
}

/** The request that a reply must answer. */
export interface Asked {
  readonly messageId: string;
  /** The only account that may answer; undefined when the request went to a capability. */
  readonly fromAccountId: string | undefined;
  /** Takes the events of a stream that comes before the reply; without it they are ignored. */
  readonly onEvent?: (message: ReceivedMessage) => void;
}

interface Pending {
  readonly reply: Expectation<ReceivedMessage>;
  readonly requestSubject: string;
  readonly asked: Asked;
  ignored?: AuthCode;
}

/** All replies of one session arrive on one subscription and are told apart by the last token of their subject. Spec: channel `replyInbox`. */
export class ReplyMux {
  readonly #clock: Clock;
  readonly #session: string;
  readonly #prefixLength: number;
  readonly #guard: ReceiptGuard | undefined;
  readonly #pending = new Map<string, Pending>();
  // Not guessable from the session tag, which everybody can see.
  readonly #salt = randomUUID().replaceAll('-', '');
  #count = 0;

  /** @param guard - With it, only replies signed by the account that was asked count. */
  constructor(sessionTag: string, clock: Clock, guard?: ReceiptGuard) {
    this.#clock = clock;
    this.#guard = guard;
    this.#session = is('SubjectToken', sessionTag) ? sessionTag : this.#salt;
    this.#prefixLength = subjects.replyInbox(this.#session, this.#salt).length - this.#salt.length;
  }

  subscribe(transport: NatsTransport): void {
    const pattern = `${subjects.replyInbox(this.#session, this.#salt).slice(0, this.#prefixLength)}*`;
    transport.subscribe(pattern, {}, (message) => this.#deliver(message));
  }

  /** @param requestSubject - where the request goes, for the error when nobody is there */
  expect(requestSubject: string, asked: Asked): AwaitedReply {
    this.#count++;
    const token = `${this.#salt}${this.#count.toString(36)}`;
    const reply = new Expectation<ReceivedMessage>(this.#clock);
    const pending: Pending = { reply, requestSubject, asked };
    this.#pending.set(token, pending);
    return {
      reply,
      get ignored() {
        return pending.ignored;
      },
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
    if (this.#guard) deliverVerified(this.#guard, { decoded, raw: message, pending });
    else if (decoded.ok) arrive(toReceivedMessage(decoded.value), pending);
    else pending.reply.fail(new ValidationError('invalid_reply', `the reply is no message: ${decoded.detail}`));
  }
}

/** The events of a stream are no reply: that comes after them. */
function arrive(message: ReceivedMessage, { reply, asked }: Pending): void {
  if (message.kind === 'stream' && readStreamEvent(message.payload)) asked.onEvent?.(message);
  else reply.arrive(message);
}

interface Delivered {
  readonly decoded: Decoded<Message>;
  readonly raw: NatsMessage;
  readonly pending: Pending;
}

/** A forged reply is ignored, and the waiting goes on: failing would let anybody end a request. */
function deliverVerified(guard: ReceiptGuard, { decoded, raw, pending }: Delivered): void {
  const ignore = (code: AuthCode) => {
    pending.ignored = code;
    guard.onForged({ what: 'reply', messageId: pending.asked.messageId, code });
  };
  if (!decoded.ok) {
    ignore('auth_missing');
    return;
  }
  const reply = toReceivedMessage(decoded.value);
  const settle = (code: AuthCode | undefined) => {
    const refusal = code ?? (answers(reply, pending.asked) ? undefined : 'auth_recipient_mismatch');
    if (refusal) ignore(refusal);
    else arrive(reply, pending);
  };
  const code = guard.verifier.refusalFor({ message: reply, text: decoded.text, raw }, 'reply');
  if (code instanceof Promise) void code.then(settle);
  else settle(code);
}

/** A genuine reply to another request must not pass for the answer to this one. */
function answers(
  { parent_message_id, from_account_id }: ReceivedMessage,
  { messageId, fromAccountId }: Asked,
): boolean {
  return parent_message_id === messageId && (fromAccountId === undefined || from_account_id === fromAccountId);
}
