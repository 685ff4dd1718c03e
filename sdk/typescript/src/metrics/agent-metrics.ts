import type { ErrorCode } from '@agentnet/protocol';
import { LatencyWindow } from './latency-window.js';

/** Counters of one agent since it was made. */
export class AgentMetrics {
  readonly counters = {
    processed_count: 0,
    dropped_count: 0,
    timeout_count: 0,
    error_count: 0,
    rate_limited_count: 0,
    expired_count: 0,
    payload_rejected_count: 0,
    duplicate_count: 0,
    busy_count: 0,
    retry_count: 0,
    receipt_timeout_count: 0,
    forged_count: 0,
  };
  readonly latency = {
    send_account: new LatencyWindow(),
    request_account: new LatencyWindow(),
    resolve_username: new LatencyWindow(),
  };
  #handledMs = 0;
  #handled = 0;

  get averageHandleMs(): number {
    return this.#handled === 0 ? 0 : this.#handledMs / this.#handled;
  }

  addHandling(durationMs: number): void {
    this.#handledMs += durationMs;
    this.#handled++;
  }

  /** Counts a message that was refused at the door or whose handling failed. */
  countRefusal(code: ErrorCode): void {
    const counter = counterOfCode[code];
    if (counter) this.counters[counter]++;
    if (code !== 'handler_error' && code !== 'timeout') this.counters.dropped_count++;
  }
}

const counterOfCode: { readonly [C in ErrorCode]?: keyof AgentMetrics['counters'] } = {
  timeout: 'timeout_count',
  handler_error: 'error_count',
  rate_limited: 'rate_limited_count',
  expired: 'expired_count',
  missing_ttl: 'expired_count',
  payload_too_large: 'payload_rejected_count',
  bad_message: 'payload_rejected_count',
  duplicate: 'duplicate_count',
  idempotency_key_reused: 'duplicate_count',
  busy: 'busy_count',
};
