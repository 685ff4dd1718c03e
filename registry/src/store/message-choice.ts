import type { TimePlace } from '../domain/page-cursor.js';
import type { Statement } from './statement.js';

export interface MessageFilters {
  readonly thread_id?: string | null;
  readonly from_account_id?: string | null;
  readonly to_account_id?: string | null;
  readonly kind?: string | null;
  readonly trace_id?: string | null;
  /** Inclusive bounds of `sent_at`. */
  readonly from_ts?: string | null;
  readonly to_ts?: string | null;
  /** Inclusive bounds of `received_at`. */
  readonly received_from_ts?: string | null;
  readonly received_to_ts?: string | null;
}

export const deliveryStatuses = ['received', 'accepted', 'processed', 'rejected'] as const;
export type DeliveryStatus = (typeof deliveryStatuses)[number];

/** Which messages. */
export interface RowChoice {
  readonly filters: MessageFilters;
  /** Only messages from or to this account. */
  readonly participant?: string | null;
  /** Only messages with all of these words, each as `wordsOf` makes them; empty is no filter. */
  readonly words?: readonly string[];
  /** What the receiver reported, `received` for nothing. */
  readonly status?: DeliveryStatus | null;
}

export interface MessagePage extends RowChoice {
  /** The row before the first wanted one. */
  readonly before: TimePlace | undefined;
  readonly count: number;
}

type Condition = (param: string) => string;

// ordered_at is never later than sent_at or received_at; naming it lets the time indexes begin the walk at an upper bound.
const conditions: Record<keyof MessageFilters, Condition> = {
  thread_id: (param) => `thread_id = ${param}`,
  from_account_id: (param) => `from_account_id = ${param}`,
  to_account_id: (param) => `to_account_id = ${param}`,
  kind: (param) => `kind = ${param}`,
  trace_id: (param) => `trace_id = ${param}`,
  from_ts: (param) => `sent_at >= ${param}::timestamptz`,
  to_ts: (param) => `sent_at <= ${param}::timestamptz AND ordered_at <= ${param}::timestamptz`,
  received_from_ts: (param) => `received_at >= ${param}::timestamptz`,
  received_to_ts: (param) => `received_at <= ${param}::timestamptz AND ordered_at <= ${param}::timestamptz`,
};

/** SQL conditions of what an index in the order of the page can meet. */
export function rowConditions({ filters, before }: MessagePage, bind: Statement['bind']): string[] {
  const met = Object.entries(filters)
    .filter(([, value]) => value != null)
    .map(([filter, value]) => conditions[filter as keyof MessageFilters](bind(value)));
  if (before) met.push(`(ordered_at, message_id) < (${bind(before.time)}::timestamptz, ${bind(before.id)})`);
  return met;
}
