import { limits } from '@agentnet/protocol';
import { optionNames, requireAtLeast, requireInteger, requireKnown } from '../require-option.js';

/** How often and how long a message is sent until its first receipt arrives. A call's own options win over these. */
export interface RetryOptions {
  /** Publishes after the first one, each of the identical bytes. Minimum 0. @default 2 */
  attempts?: number;
  /** Milliseconds to wait for a receipt after each publish. Minimum 200. @default 1_500 */
  receiptTimeoutMs?: number;
  /** Whether `send` waits for a receipt at all. @default true */
  requireDeliveryAck?: boolean;
}

export type ResolvedRetryOptions = Readonly<Required<RetryOptions>>;

const known = optionNames<RetryOptions>({ attempts: true, receiptTimeoutMs: true, requireDeliveryAck: true });

/** @throws {ValidationError} `invalid_option` */
export function resolveRetryOptions(options: RetryOptions = {}): ResolvedRetryOptions {
  requireKnown('retry', options, known);
  const {
    attempts = limits.sendRetryAttempts,
    receiptTimeoutMs = limits.receiptTimeoutMs,
    requireDeliveryAck = true,
  } = options;
  requireRetries('retry.attempts', attempts);
  requireReceiptTimeout('retry.receiptTimeoutMs', receiptTimeoutMs);
  return { attempts, receiptTimeoutMs, requireDeliveryAck };
}

/** @throws {ValidationError} `invalid_option` */
export function requireRetries(name: string, value: number): void {
  requireInteger(name, value, 0);
}

/** @throws {ValidationError} `invalid_option` */
export function requireReceiptTimeout(name: string, value: number): void {
  requireAtLeast(name, value, limits.receiptTimeoutMinMs);
}
