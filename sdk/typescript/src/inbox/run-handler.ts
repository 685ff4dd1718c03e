import { AgentNetError } from '../errors.js';
import { reply } from '../outbox/reply.js';
import type { ReceivedMessage } from '../received-message.js';
import type { TextChunks } from '../streams/pump-text.js';
import type { SentStream, StreamOptions } from '../streams/stream-options.js';
import { streamReply } from '../streams/stream-reply.js';
import type { Inbox, Incoming, Running } from './inbox.js';
import { type Refusal, refusalOf } from './refusal.js';

/** Handles one message; when it returns, the sender gets `processed`, when it throws, `handler_error` without the error's text. */
export type MessageHandler = (message: ReceivedMessage, context: HandlerContext) => void | Promise<void>;

/** What a handler has besides the message. */
export interface HandlerContext {
  /** Aborted when the work timeout passes or the agent gives up draining; the handler should then stop. */
  readonly signal: AbortSignal;
  /**
   * Answers the message.
   *
   * @param payload - Any JSON value.
   * @throws {AgentNetError} `invalid_target` when the sender waits for no reply; `invalid_payload`, `message_too_large`, `connection_closed`
   */
  reply(payload: unknown): Promise<void>;
  /**
   * Answers the message with text while it is being made, then replies with the whole text. It must end within the work timeout.
   *
   * @param chunks - The text in pieces of any size; they are joined into as many messages as the requester can take.
   * @throws {AgentNetError} `invalid_target` when the sender can be reached neither by reply nor by account; `cancelled` when the handler's or the
   * given signal is aborted; `stream_source_failed`, and what `send` and `reply` fail with
   * @see spec rules `stream.reply.subject`, `stream.reply.final`
   */
  stream(chunks: TextChunks, options?: StreamOptions): Promise<SentStream>;
}

const timedOut = refusalOf('timeout');
const failed = refusalOf('handler_error');
const shuttingDown = refusalOf('shutting_down');

/**
 * Runs the handler within the work timeout; a promise only if the handler returned one. The slot is free again at the timeout, even if the
 * handler ignores its signal.
 */
export function runHandler(incoming: Incoming, inbox: Inbox): Promise<Refusal | undefined> | Refusal | undefined {
  const { message } = incoming;
  const context = new Context(incoming, inbox);
  let handling: unknown;
  try {
    if (!inbox.streams.asked.offer(message)) handling = inbox.handler(message, context);
  } catch (cause) {
    return failure(incoming, cause, inbox);
  }
  return isThenable(handling) ? whileRunning(handling, { incoming, context, inbox }) : undefined;
}

interface Handling {
  readonly incoming: Incoming;
  readonly context: Context;
  readonly inbox: Inbox;
}

function whileRunning(handling: PromiseLike<unknown>, { incoming, context, inbox }: Handling) {
  return new Promise<Refusal | undefined>((resolve) => {
    const finish = (refusal?: Refusal) => {
      cancelTimeout();
      inbox.running.delete(running);
      resolve(refusal);
    };
    const giveUp = (refusal: Refusal) => {
      finish(refusal);
      context.abort(refusal);
    };
    const running: Running = { end: () => giveUp(shuttingDown) };
    const cancelTimeout = inbox.clock.after(inbox.options.workTimeoutMs, () => giveUp(timedOut));
    inbox.running.add(running);
    handling.then(
      () => finish(),
      (cause: unknown) => finish(failure(incoming, cause, inbox)),
    );
  });
}

/** A handler can throw anything; none of it may reach the sender or end a worker. */
function failure({ message, span }: Incoming, cause: unknown, { onError }: Inbox): Refusal {
  span?.record(cause);
  onError(handlerError(message, cause));
  return failed;
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function';
}

class Context implements HandlerContext {
  readonly #incoming: Incoming;
  readonly #inbox: Inbox;
  // Made on first use: most handlers never look at the signal, and it costs as much as the rest of the context.
  #controller: AbortController | undefined;
  #abortedBy: AgentNetError | undefined;

  constructor(incoming: Incoming, inbox: Inbox) {
    this.#incoming = incoming;
    this.#inbox = inbox;
  }

  get signal(): AbortSignal {
    this.#controller ??= new AbortController();
    if (this.#abortedBy) this.#controller.abort(this.#abortedBy);
    return this.#controller.signal;
  }

  // Bound, because handlers take it apart: `(message, { reply }) => reply(...)`.
  readonly reply = async (payload: unknown): Promise<void> => {
    const { message, outcome } = this.#incoming;
    const body = reply(this.#inbox.replier, message, payload);
    if (outcome) this.#inbox.outcomes.keepReply(outcome, body);
  };

  readonly stream = async (chunks: TextChunks, { signal, ...options }: StreamOptions = {}): Promise<SentStream> => {
    const either = signal ? AbortSignal.any([signal, this.signal]) : this.signal;
    const end = await streamReply(this.#inbox, this.#incoming.message, { ...options, chunks, signal: either });
    if (this.#incoming.message.reply_to !== undefined) await this.reply(end.payload);
    return end.sent;
  };

  abort({ code, detail }: Refusal): void {
    this.#abortedBy = new AgentNetError(code, detail);
    this.#controller?.abort(this.#abortedBy);
  }
}

function handlerError({ message_id }: ReceivedMessage, cause: unknown): AgentNetError {
  return new AgentNetError('handler_error', `the handler failed on message ${message_id || '(without id)'}`, { cause });
}
