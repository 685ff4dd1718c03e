import { type JsonValue, limits } from '@agentnet/protocol';
import { toAgentNetError } from '../connection/to-agentnet-error.js';
import { TransportError } from '../errors.js';
import type { Expectation } from '../expectation.js';
import type { AwaitedReceipt } from '../outbox/await-receipt.js';
import { buildMessage, encodeMessage } from '../outbox/build-message.js';
import type { Outbox } from '../outbox/outbox.js';
import { probePresence } from '../outbox/presence-probe.js';
import { requireNoError } from '../outbox/request.js';
import { capabilityOf, capabilityTarget, resolveTarget, type Target } from '../outbox/resolve-target.js';
import { sealed } from '../outbox/seal.js';
import { type MessageOptions, requireMessageOptions } from '../outbox/send-options.js';
import type { ReceivedMessage } from '../received-message.js';
import { optionNames, requireAtLeast, requireKnown } from '../require-option.js';
import type { MessageSpan } from '../tracing/message-span.js';
import { whileSending } from '../tracing/sending-span.js';
import type { AskedStream } from './asked-streams.js';
import { readStreamEvent } from './stream-event.js';
import { StreamJoin } from './stream-join.js';

/** How a stream is asked for. */
export interface AskStreamOptions extends MessageOptions {
  /** Milliseconds without any event after which the answer is given up. Minimum 1. @default 60_000 */
  idleTimeoutMs?: number;
}

/** An answer that arrives in pieces: iterate for the deltas in order, or await `text` for the whole. Leaving the loop ends the wait. */
export interface AnswerStream extends AsyncIterable<string> {
  /** The whole text. The responder's final text wins over the deltas. Rejects with what iterating throws. */
  readonly text: Promise<string>;
}

const known = optionNames<AskStreamOptions>({
  payload: true,
  threadId: true,
  parentMessageId: true,
  traceId: true,
  ttlMs: true,
  idempotencyKey: true,
  signal: true,
  idleTimeoutMs: true,
});

/**
 * Sends one request and gives its answer as it is made. An answer that is no stream is given as one piece: a text as it is, an object's `text`, anything
 * else as JSON. The request is sent at once, whether or not the answer is read.
 *
 * @throws {AgentNetError} `invalid_option`; while iterating: `stream_failed`, `stream_gap`, `stream_timeout`, `stream_too_large`, `recipient_offline`,
 * `cancelled`, the code of an error reply, and what `request` fails with
 * @see spec rules `stream.reply.subject`, `stream.ask.inbox`
 */
export function askStream(outbox: Outbox, to: string | Target, options: AskStreamOptions): AnswerStream {
  requireKnown('askStream', options, known);
  const { idleTimeoutMs = limits.streamIdleTimeoutMs, ...request } = options;
  requireMessageOptions(request);
  requireAtLeast('idleTimeoutMs', idleTimeoutMs, 1);
  const over = new AbortController();
  const join = new StreamJoin(
    { maxBytes: limits.streamMaxBytes, gapWaitMs: limits.streamGapWaitMs, idleTimeoutMs },
    outbox.clock,
    () => over.abort(),
  );
  const cancel = () =>
    join.fail(new TransportError('cancelled', 'the call was cancelled', { cause: request.signal?.reason }));
  if (request.signal?.aborted) cancel();
  request.signal?.addEventListener('abort', cancel, { once: true, signal: over.signal });
  void ask(outbox, to, { join, request, over: over.signal }).catch((cause: unknown) =>
    join.fail(toAgentNetError(cause)),
  );
  return { text: join.feed.text, [Symbol.asyncIterator]: () => join.feed[Symbol.asyncIterator]() };
}

/** What the ergonomic calls send: a text as `{ text }`, anything else as it is. */
export function textPayload(payload: unknown): unknown {
  return typeof payload === 'string' ? { text: payload } : payload;
}

async function targetOf(to: string | Target, { usernames }: Outbox, signal: AbortSignal | undefined): Promise<Target> {
  if (typeof to !== 'string') return to;
  const capability = capabilityOf(to);
  return capability === undefined ? resolveTarget(to, usernames, signal) : capabilityTarget(capability);
}

interface Asking {
  readonly join: StreamJoin;
  readonly request: MessageOptions;
  readonly over: AbortSignal;
}

async function ask(outbox: Outbox, to: string | Target, asking: Asking): Promise<void> {
  const target = await targetOf(to, outbox, asking.request.signal);
  const sending = { operation: 'ask_stream', subject: target.subject, traceId: asking.request.traceId } as const;
  return whileSending(sending, async (span) => {
    await askWithin(span, { outbox, target, asking });
    if (span) await asking.join.feed.text;
  });
}

interface AskingWhom {
  readonly outbox: Outbox;
  readonly target: Target;
  readonly asking: Asking;
}

async function askWithin(span: MessageSpan | undefined, { outbox, target, asking }: AskingWhom): Promise<void> {
  const { join, request, over } = asking;
  const { clock, sender, options, readsReceiptsFromReply } = outbox;
  const { ttlMs = options.defaultTtlMs, traceId = span?.traceId } = request;
  const draft = { ...request, kind: 'request' as const, ttlMs, traceId, readsReceiptsFromReply };
  const message = buildMessage(sender, target, draft, clock.now());
  const body = encodeMessage(message, sender, options.maxPayloadBytes);
  span?.describe(message, body.length);
  const { message_id: requestId, thread_id: threadId } = message;
  const asked: AskedStream = { requestId, threadId, accountId: target.to_account_id, join };
  const awaited = outbox.replies.expect(target.subject, {
    messageId: requestId,
    fromAccountId: target.to_account_id,
    onEvent: (event) => void outbox.asked.offer(event),
  });
  const receipt = outbox.receipts.expect(requestId, target.to_account_id, { verified: 'when-asked' });
  const ended = new Promise<undefined>((resolve) => {
    over.addEventListener('abort', () => resolve(undefined), { once: true });
    if (over.aborted) resolve(undefined);
  });
  try {
    await outbox.asked.add(asked);
    if (join.feed.isOver) return;
    const place = { subject: target.subject, reply: awaited.subject, body, headers: span?.headers };
    outbox.link.transport.publish(target.subject, body, sealed(sender, 'message', place));
    const cancelProbe = clock.after(limits.presenceProbeDelayMs, () => {
      if (!receipt.receipt.isSettled && asked.key === undefined)
        void failWhenOffline(outbox, target, { asked, receipt });
    });
    const reply = await Promise.race([ended, firstReply(awaited.reply)]);
    cancelProbe();
    if (reply) conclude(reply, asked);
    await ended;
  } finally {
    awaited.reply.fail(new TransportError('cancelled', 'the stream is over'));
    awaited.forget();
    receipt.forget();
    outbox.asked.remove(asked);
  }
}

/** No reply settles what the stream decides, so there is no time by which it must come. */
function firstReply(reply: Expectation<ReceivedMessage>): Promise<ReceivedMessage | undefined> {
  return reply.within(Number.MAX_SAFE_INTEGER);
}

/** Once something of a stream has come, a reply that is not its end adds nothing. */
function conclude(reply: ReceivedMessage, { join, key }: AskedStream): void {
  requireNoError(reply);
  const event = readStreamEvent(reply.payload);
  if (event) join.take(event);
  else if (key === undefined) join.finishWith(textOf(reply.payload));
}

function textOf(payload: JsonValue): string {
  if (typeof payload === 'string') return payload;
  const isObject = typeof payload === 'object' && payload !== null && !Array.isArray(payload);
  return isObject && typeof payload.text === 'string' ? payload.text : JSON.stringify(payload);
}

async function failWhenOffline(outbox: Outbox, target: Target, { asked, receipt }: Waiting): Promise<void> {
  try {
    await receipt.verify();
    if (receipt.receipt.isSettled) return;
    const offline = await probePresence(outbox, target);
    await receipt.verify();
    if (offline && asked.key === undefined && !receipt.receipt.isSettled) asked.join.fail(offline);
  } catch (cause) {
    outbox.options.onError(toAgentNetError(cause));
  }
}

interface Waiting {
  readonly asked: AskedStream;
  readonly receipt: AwaitedReceipt;
}
