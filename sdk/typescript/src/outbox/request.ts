import { type ErrorPayload, is, isErrorCode, limits } from '@agentnet/protocol';
import { AgentNetError, RemoteError, TransportError } from '../errors.js';
import { cancelOn } from '../expectation.js';
import type { ReceivedMessage } from '../received-message.js';
import type { MessageSpan } from '../tracing/message-span.js';
import { whileSending } from '../tracing/sending-span.js';
import type { AwaitedReceipt } from './await-receipt.js';
import { buildMessage, encodeMessage } from './build-message.js';
import type { Outbox } from './outbox.js';
import { probePresence } from './presence-probe.js';
import type { AwaitedReply } from './reply-mux.js';
import type { Target } from './resolve-target.js';
import { sealed } from './seal.js';
import { type RequestOptions, requireRequestOptions } from './send-options.js';

/**
 * Sends one request and waits for the first reply. Nothing is retried.
 *
 * @throws {AgentNetError} `request_timeout`, `recipient_offline`, `invalid_reply`, `connection_closed`, `cancelled`; the code of an error
 * reply (`busy`, `handler_error`, ...); `invalid_payload`, `message_too_large`, `invalid_option`
 */
export function request(outbox: Outbox, target: Target, options: RequestOptions): Promise<ReceivedMessage> {
  const sending = { operation: 'request', subject: target.subject, traceId: options.traceId } as const;
  return whileSending(sending, (span) => requestOnce(outbox, target, { options, span }));
}

interface Requesting {
  readonly options: RequestOptions;
  readonly span: MessageSpan | undefined;
}

async function requestOnce(outbox: Outbox, target: Target, { options, span }: Requesting): Promise<ReceivedMessage> {
  requireRequestOptions(options);
  const { clock, metrics, link, sender } = outbox;
  const { ttlMs = outbox.options.defaultTtlMs, traceId = span?.traceId, signal, throwOnError = true } = options;
  const startedAt = clock.elapsed();
  const idempotencyKey = options.idempotencyKey?.trim();
  const { payload, threadId, parentMessageId } = options;
  const { readsReceiptsFromReply } = outbox;
  const draft = {
    kind: 'request' as const,
    payload,
    ttlMs,
    traceId,
    threadId,
    parentMessageId,
    idempotencyKey,
    readsReceiptsFromReply,
  };
  const message = buildMessage(sender, target, draft, clock.now());
  const body = encodeMessage(message, sender, outbox.options.maxPayloadBytes);
  span?.describe(message, body.length);
  const awaited = outbox.replies.expect(target.subject, {
    messageId: message.message_id,
    fromAccountId: target.to_account_id,
  });
  const receipt = outbox.receipts.expect(message.message_id, target.to_account_id, { verified: 'when-asked' });
  const release = cancelOn(signal, awaited.reply);
  try {
    const place = { subject: target.subject, reply: awaited.subject, body, headers: span?.headers };
    link.transport.publish(target.subject, body, sealed(sender, 'message', place));
    const { timeoutMs = limits.requestTimeoutMs } = options;
    const silenceMs = Math.min(limits.presenceProbeDelayMs, timeoutMs);
    const early = await awaited.reply.within(silenceMs);
    const reply = early ?? (await lateReply(outbox, { target, awaited, receipt, timeoutMs, silenceMs }));
    metrics.latency.request_account.add(clock.elapsed() - startedAt);
    if (throwOnError) requireNoError(reply);
    return reply;
  } finally {
    release();
    awaited.forget();
    receipt.forget();
  }
}

interface Asked {
  readonly target: Target;
  readonly awaited: AwaitedReply;
  readonly receipt: AwaitedReceipt;
  readonly timeoutMs: number;
  /** How long nothing has come already. */
  readonly silenceMs: number;
}

async function lateReply(outbox: Outbox, asked: Asked): Promise<ReceivedMessage> {
  const { awaited, receipt, target, timeoutMs, silenceMs } = asked;
  if (timeoutMs > silenceMs) {
    // A receipt proves that somebody is there, however long the handler takes.
    if (!receipt.receipt.isSettled) void failWhenOffline(outbox, asked);
    const late = await awaited.reply.within(timeoutMs - silenceMs);
    if (late) return late;
  }
  const forged =
    awaited.ignored === undefined ? '' : `; a reply that failed verification (${awaited.ignored}) was ignored`;
  throw new TransportError('request_timeout', `no reply from ${target.to_agent} within ${timeoutMs} ms${forged}`);
}

async function failWhenOffline(outbox: Outbox, { target, awaited, receipt }: Asked): Promise<void> {
  try {
    await receipt.verify();
    if (receipt.receipt.isSettled) return;
    const offline = await probePresence(outbox, target);
    await receipt.verify();
    if (offline && !receipt.receipt.isSettled) awaited.reply.fail(offline);
  } catch (cause) {
    outbox.options.onError(
      cause instanceof AgentNetError
        ? cause
        : new TransportError('recipient_offline', 'the presence probe failed', { cause }),
    );
  }
}

/** @throws {RemoteError} the code of an error reply */
export function requireNoError({ kind, payload }: ReceivedMessage): void {
  if (kind !== 'error') return;
  const { error, detail } = is('ErrorPayload', payload) ? payload : unknownError;
  throw new RemoteError(isErrorCode(error) ? error : 'remote_error', detail || error, {
    remoteCode: error,
    remoteDetail: detail,
  });
}

const unknownError: Pick<ErrorPayload, 'error' | 'detail'> = {
  error: 'remote_error',
  detail: 'the error reply has no readable payload',
};
