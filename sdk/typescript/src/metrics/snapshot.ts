import type { AgentMetrics } from './agent-metrics.js';
import { type LatencySummary, round } from './latency-window.js';

/** What one agent has done so far. The keys are those of the protocol's first version. */
export interface MetricsSnapshot {
  readonly account_id: string | null;
  readonly username: string | null;
  readonly agent_id: string;
  readonly session_tag: string | null;
  /** Handlers that run now. */
  readonly inflight_count: number;
  /** Accepted messages that wait for a handler. */
  readonly pending_count: number;
  readonly processed_count: number;
  /** Messages refused, for whatever reason, besides handler failures. */
  readonly dropped_count: number;
  readonly timeout_count: number;
  readonly error_count: number;
  readonly rate_limited_count: number;
  readonly expired_count: number;
  /** Oversized and malformed messages. */
  readonly payload_rejected_count: number;
  readonly duplicate_count: number;
  readonly busy_count: number;
  /** Publishes after the first one. */
  readonly retry_count: number;
  readonly receipt_timeout_count: number;
  /** Replies and receipts ignored for want of a good signature; the protocol's first version has no such count. */
  readonly forged_count: number;
  readonly avg_handle_ms: number;
  /** Whether the circuit of any sender is open. */
  readonly circuit_open: boolean;
  readonly latency_ms: Readonly<Record<keyof AgentMetrics['latency'], LatencySummary>>;
  readonly username_cache: {
    readonly ttl_seconds: number;
    readonly size: number;
    readonly hits: number;
    readonly misses: number;
  };
}

/** The parts of a snapshot that belong to a session; zeros and nulls when there is none. */
export type SessionFigures = Pick<
  MetricsSnapshot,
  'account_id' | 'username' | 'session_tag' | 'inflight_count' | 'pending_count' | 'circuit_open' | 'username_cache'
>;

export function takeSnapshot(agentId: string, metrics: AgentMetrics, session: SessionFigures): MetricsSnapshot {
  const { send_account, request_account, resolve_username } = metrics.latency;
  return {
    agent_id: agentId,
    ...session,
    ...metrics.counters,
    avg_handle_ms: round(metrics.averageHandleMs),
    latency_ms: {
      send_account: send_account.summary(),
      request_account: request_account.summary(),
      resolve_username: resolve_username.summary(),
    },
  };
}

/** The figures before joining. */
export function noSession(resolveCacheTtlMs: number): SessionFigures {
  return {
    account_id: null,
    username: null,
    session_tag: null,
    inflight_count: 0,
    pending_count: 0,
    circuit_open: false,
    username_cache: { ttl_seconds: resolveCacheTtlMs / 1000, size: 0, hits: 0, misses: 0 },
  };
}
