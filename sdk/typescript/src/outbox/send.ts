import { isErrorCode, limits, type Receipt, type SentMessage } from '@agentnet/protocol';
import { RemoteError, TransportError } from '../errors.js';
import { cancelOn } from '../expectation.js';
import type { Traced } from '../tracing/message-span.js';
import { whileSending } from '../tracing/sending-span.js';
import { awaitProcessed } from './await-processed.js';
import { type AwaitedReceipt, isDuplicate, wordOf } from './await-receipt.js';
import { buildMessage, encodeMessage } from './build-message.js';
import type { Outbox } from './outbox.js';
import type { Target } from './resolve-target.js';
import { publishUntilReceipt, type RetryOutcome } from './retry.js';
import { sealed } from './seal.js';
import { requireSendOptions, type SendOptions } from './send-options.js';

/** What is known of a sent message when `send` returns. */
export interface Delivery {
  readonly messageId: string;
  readonly threadId: string;
  readonly traceId: string;
  /** Times the message was published. */
  readonly attempts: number;
  /**
   * The receipt that decided: the first one, or with `until: 'processed'` the final one; absent when none was waited for. `accepted` means queued,
   * `processed` handled, `rejected` with code `duplicate` that the receiver holds an earlier copy.
   */
  readonly receipt?: Receipt;
}

/**
 * Publishes one message and waits for its first usable receipt, publishing the identical bytes again when none comes; then for the final one, if asked to.
 *
 * @throws {AgentNetError} `delivery_ack_timeout`, `delivery_rejected`, `delivery_ack_unusable`, `processed_timeout`, `outcome_unknown`,
 * `connection_closed`, `cancelled`, `invalid_payload`, `message_too_large`, `invalid_option`
 */
export async function send(outbox: Outbox, target: Target, options: SendOptions): Promise<Delivery> {
  const sending = { operation: 'send', subject: target.subject, traceId: options.traceId } as const;
  return whileSending(sending, (span) => deliver(outbox, target, { options, traced: span }));
}

/** As `send`, as part of what somebody else traces. */
export async function deliver(outbox: Outbox, target: Target, { options, traced }: Delivering): Promise<Delivery> {
  requireSendOptions(options);
  const { clock, metrics } = outbox;
  const startedAt = clock.elapsed();
  const message = messageOf(outbox, target, { ...options, traceId: options.traceId ?? traced?.traceId });
  const body = encodeMessage(message, outbox.sender, outbox.options.maxPayloadBytes);
  traced?.describe?.(message, body.length);
  const envelope = sealed(outbox.sender, 'message', { subject: target.subject, body, headers: traced?.headers });
  const { until, requireDeliveryAck = outbox.options.retry.requireDeliveryAck } = options;
  if (requireDeliveryAck || until === 'processed') {
    const sending = { target, message, body, envelope, options, startedAt };
    const { receipt, published } = await sendUntilReceipt(outbox, sending);
    return deliveryOf(message, published, receipt);
  }
  outbox.link.transport.publish(target.subject, body, envelope);
  metrics.latency.send_account.add(clock.elapsed() - startedAt);
  return deliveryOf(message, 1);
}

interface Delivering {
  readonly options: SendOptions;
  readonly traced?: Traced | undefined;
}

interface Sending {
  readonly envelope: ReturnType<typeof sealed>;
  readonly target: Target;
  readonly message: SentMessage;
  readonly body: Uint8Array;
  readonly options: SendOptions;
  /** By the clock's `elapsed`. */
  readonly startedAt: number;
}

function messageOf(
  { sender, options: { defaultTtlMs }, clock }: Outbox,
  target: Target,
  options: Omit<SendOptions, 'traceId'> & { traceId: string | undefined },
): SentMessage {
  const { kind = 'direct', ttlMs = defaultTtlMs, idempotencyKey } = options;
  return buildMessage(sender, target, { ...options, kind, ttlMs, idempotencyKey: idempotencyKey?.trim() }, clock.now());
}

async function sendUntilReceipt(outbox: Outbox, sending: Sending): Promise<RetryOutcome> {
  const { target, message, options, startedAt } = sending;
  const { retry } = outbox.options;
  const awaited = outbox.receipts.expect(message.message_id, target.to_account_id);
  const releases = [awaited.receipt, awaited.outcome].map((expected) => cancelOn(options.signal, expected));
  try {
    const outcome = await publishUntilReceipt(
      {
        attempts: options.retryAttempts ?? retry.attempts,
        receiptTimeoutMs: options.receiptTimeoutMs ?? retry.receiptTimeoutMs,
        metrics: outbox.metrics,
        onRetry: (attempt) => noteRetry(outbox, message, attempt),
        publish: () => publishIfUp(outbox, sending),
      },
      awaited,
    );
    const first = requireDelivered(message, outcome, awaited);
    outbox.metrics.latency.send_account.add(outbox.clock.elapsed() - startedAt);
    if (options.until !== 'processed') return outcome;
    const { processedTimeoutMs: timeoutMs = limits.processedTimeoutMs } = options;
    const receipt = await awaitProcessed(first, awaited, { messageId: message.message_id, timeoutMs });
    requireTaken(receipt);
    return { ...outcome, receipt };
  } finally {
    for (const release of releases) release();
    awaited.forget();
  }
}

function noteRetry({ events }: Outbox, { message_id: messageId, to_agent: to }: SentMessage, attempt: number): void {
  if (events.has('retry')) events.emit('retry', { messageId, to, attempt });
}

/** A message must not wait in the client's buffer: it could be delivered after this send has failed. */
function publishIfUp({ link }: Outbox, { target, body, envelope }: Sending): boolean {
  if (link.isUp) link.transport.publish(target.subject, body, envelope);
  return link.isUp;
}

function requireDelivered(
  { message_id }: SentMessage,
  { receipt, published }: RetryOutcome,
  { unusableStatus }: AwaitedReceipt,
): Receipt {
  if (receipt) {
    requireTaken(receipt);
    return receipt;
  }
  if (unusableStatus !== undefined) {
    throw new RemoteError(
      'delivery_ack_unusable',
      `delivery_ack_unusable status=${unusableStatus} message_id=${message_id}`,
    );
  }
  if (published === 0)
    throw new TransportError('connection_closed', `the connection to NATS was down; ${message_id} was not sent`);
  throw new TransportError(
    'delivery_ack_timeout',
    `delivery_ack_timeout message_id=${message_id} attempts=${published}`,
  );
}

/** A duplicate is a success: the receiver took an earlier copy, and forgets those whose handling failed. */
function requireTaken(receipt: Receipt): void {
  const { status, code, detail } = receipt;
  if (status !== 'rejected' || isDuplicate(receipt)) return;
  const word = wordOf(code);
  const remoteDetail = detail ?? '';
  throw new RemoteError('delivery_rejected', `delivery_rejected ${word}: ${remoteDetail}`, {
    remoteCode: isErrorCode(word) ? word : (code ?? ''),
    remoteDetail,
  });
}

function deliveryOf({ message_id, thread_id, trace_id }: SentMessage, attempts: number, receipt?: Receipt): Delivery {
  const delivery = { messageId: message_id, threadId: thread_id, traceId: trace_id, attempts };
  return receipt ? { ...delivery, receipt } : delivery;
}
