import { limits } from '@agentnet/protocol';
import { ValidationError } from '../errors.js';
import { optionNames, requireAtLeast, requireInteger, requireKnown, requireRate } from '../require-option.js';

/** Limits one agent applies to what it receives. */
export interface InboxOptions {
  /** Handlers that run side by side. Minimum 1; with more than one, messages may be handled out of order. @default 4 */
  maxConcurrency?: number;
  /** Accepted messages that wait for a handler; one more gets `busy`. Minimum 0. @default 100 */
  maxPending?: number;
  /** Milliseconds before the sender gets `timeout` and the handler's signal is aborted. Minimum 100; the default fits one model call. @default 30_000 */
  workTimeoutMs?: number;
  /** Milliseconds `close` waits for accepted work before it refuses the rest. Minimum 0. @default 20_000 */
  drainTimeoutMs?: number;
  /** Milliseconds a message id and an idempotency key are remembered after acceptance. Minimum 0. @default 600_000 */
  dedupeTtlMs?: number;
  /** Messages per second one sender may send; `Infinity` turns the limit off. @default 5 */
  rateLimitPerSecond?: number;
  /** Messages one sender may send at once. Minimum 1. @default 10 */
  rateLimitBurst?: number;
  /** Consecutive failures on one sender's messages that open the circuit for that sender. Minimum 1. @default 5 */
  breakerFailures?: number;
  /** Milliseconds an open circuit refuses messages before it lets one through to try. Minimum 0. @default 15_000 */
  breakerResetMs?: number;
  /**
   * What the sessions of one account find out together not to handle twice: `keyed`, messages with an idempotency key; `all`, every message with an
   * id; `off`, nothing. A shared message costs a round trip to JetStream before it is accepted. Where the server has no JetStream, or while it is
   * silent, each session knows only what it took itself, and the node emits `degraded`. The memory holds `limits.dedupeBucketTtlMs` at most.
   * @default 'keyed'
   */
  sharedDedupe?: 'off' | 'keyed' | 'all';
}

export type ResolvedInboxOptions = Readonly<Required<InboxOptions>>;

const known = optionNames<InboxOptions>({
  maxConcurrency: true,
  maxPending: true,
  workTimeoutMs: true,
  drainTimeoutMs: true,
  dedupeTtlMs: true,
  rateLimitPerSecond: true,
  rateLimitBurst: true,
  breakerFailures: true,
  breakerResetMs: true,
  sharedDedupe: true,
});

/** @throws {ValidationError} `invalid_option` */
export function resolveInboxOptions(options: InboxOptions = {}): ResolvedInboxOptions {
  requireKnown('inbox', options, known);
  const {
    maxConcurrency = limits.maxConcurrency,
    maxPending = limits.maxPending,
    workTimeoutMs = limits.workTimeoutMs,
    drainTimeoutMs = limits.drainTimeoutMs,
    dedupeTtlMs = limits.dedupeTtlMs,
    rateLimitPerSecond = limits.rateLimitPerSecond,
    rateLimitBurst = limits.rateLimitBurst,
    breakerFailures = limits.breakerFailures,
    breakerResetMs = limits.breakerResetMs,
    sharedDedupe = 'keyed',
  } = options;
  requireInteger('inbox.maxConcurrency', maxConcurrency, 1);
  requireInteger('inbox.maxPending', maxPending, 0);
  requireAtLeast('inbox.workTimeoutMs', workTimeoutMs, limits.workTimeoutMinMs);
  requireAtLeast('inbox.drainTimeoutMs', drainTimeoutMs, 0);
  requireAtLeast('inbox.dedupeTtlMs', dedupeTtlMs, 0);
  requireRate('inbox.rateLimitPerSecond', rateLimitPerSecond);
  requireInteger('inbox.rateLimitBurst', rateLimitBurst, 1);
  requireInteger('inbox.breakerFailures', breakerFailures, 1);
  requireAtLeast('inbox.breakerResetMs', breakerResetMs, 0);
  if (!['off', 'keyed', 'all'].includes(sharedDedupe))
    throw new ValidationError(
      'invalid_option',
      `inbox.sharedDedupe must be off, keyed or all, got ${String(sharedDedupe)}`,
    );
  return {
    maxConcurrency,
    maxPending,
    workTimeoutMs,
    drainTimeoutMs,
    dedupeTtlMs,
    rateLimitPerSecond,
    rateLimitBurst,
    breakerFailures,
    breakerResetMs,
    sharedDedupe,
  };
}
