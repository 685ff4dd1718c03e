import { type DeliveryStage, is, limits, type MessageKind } from '@agentnet/protocol';
import { ValidationError } from '../errors.js';
import { optionNames, requireAtLeast, requireInteger, requireKnown } from '../require-option.js';
import { requireReceiptTimeout, requireRetries } from './retry-options.js';

/** What every sent message may say. */
export interface MessageOptions {
  /** Any JSON value without U+0000 and lone surrogates. */
  payload: unknown;
  /** The conversation. @default `thread_` and the lower-cased trace id */
  threadId?: string;
  /** The message this one answers. */
  parentMessageId?: string;
  /** Groups messages of one piece of work. @default the message id */
  traceId?: string;
  /** Milliseconds the message lives. Minimum 1. @default the node's `defaultTtlMs` */
  ttlMs?: number;
  /** Names one logical operation, which a receiver runs once. */
  idempotencyKey?: string;
  /** Ends the wait with `cancelled`; what was sent stays sent. */
  signal?: AbortSignal;
}

/** How one message is sent. */
export interface SendOptions extends MessageOptions {
  /** What the message is. @default 'direct' */
  kind?: MessageKind;
  /** Publishes after the first one when no receipt comes. Minimum 0. @default the node's `retry.attempts` */
  retryAttempts?: number;
  /** Milliseconds to wait for a receipt after each publish. Minimum 200. @default the node's `retry.receiptTimeoutMs` */
  receiptTimeoutMs?: number;
  /**
   * How far the message must have come: `accepted` returns with the first receipt, when the receiver has queued it; `processed` with the final
   * one, when its handler has succeeded. A `duplicate` proves no handling: with `processed` the wait goes on for the earlier copy of this message,
   * and ends at once with `outcome_unknown` when another message used the idempotency key. @default 'accepted'
   */
  until?: DeliveryStage;
  /** Milliseconds to wait for the final receipt after the first one. Minimum 1; the default fits the default `ttlMs` and work timeout. @default 65_000 */
  processedTimeoutMs?: number;
  /** False returns once the message is published, without knowing whether anybody has it. @default the node's `retry.requireDeliveryAck` */
  requireDeliveryAck?: boolean;
}

/** How one request is made. */
export interface RequestOptions extends MessageOptions {
  /** Milliseconds to wait for the reply. Minimum 1. @default 5_000 */
  timeoutMs?: number;
  /** False returns error replies (kind `error`) instead of throwing them. @default true */
  throwOnError?: boolean;
}

const message = {
  payload: true,
  threadId: true,
  parentMessageId: true,
  traceId: true,
  ttlMs: true,
  idempotencyKey: true,
  signal: true,
} as const;
const knownSend = optionNames<SendOptions>({
  ...message,
  kind: true,
  retryAttempts: true,
  receiptTimeoutMs: true,
  requireDeliveryAck: true,
  until: true,
  processedTimeoutMs: true,
});
const knownRequest = optionNames<RequestOptions>({ ...message, timeoutMs: true, throwOnError: true });

/** @throws {ValidationError} `invalid_option` */
export function requireSendOptions(options: SendOptions): void {
  requireKnown('send', options, knownSend);
  requireMessageOptions(options);
  if (options.retryAttempts !== undefined) requireRetries('retryAttempts', options.retryAttempts);
  if (options.receiptTimeoutMs !== undefined) requireReceiptTimeout('receiptTimeoutMs', options.receiptTimeoutMs);
  if (options.processedTimeoutMs !== undefined) requireAtLeast('processedTimeoutMs', options.processedTimeoutMs, 1);
  requireUntil(options);
}

function requireUntil({ until, requireDeliveryAck }: SendOptions): void {
  if (until === undefined) return;
  if (!is('DeliveryStage', until))
    throw new ValidationError('invalid_option', `until must be 'accepted' or 'processed', got ${String(until)}`);
  if (requireDeliveryAck === false)
    throw new ValidationError('invalid_option', `until '${until}' needs receipts; leave requireDeliveryAck out`);
}

/** @throws {ValidationError} `invalid_option` */
export function requireRequestOptions(options: RequestOptions): void {
  requireKnown('request', options, knownRequest);
  requireMessageOptions(options);
  if (options.timeoutMs !== undefined) requireAtLeast('timeoutMs', options.timeoutMs, 1);
}

/** @throws {ValidationError} `invalid_option` */
export function requireMessageOptions({ ttlMs, idempotencyKey }: MessageOptions): void {
  if (ttlMs !== undefined) requireInteger('ttlMs', ttlMs, limits.ttlMsMin);
  if (idempotencyKey !== undefined && String(idempotencyKey).trim() === '') {
    throw new ValidationError('invalid_option', 'idempotencyKey must not be blank');
  }
}
