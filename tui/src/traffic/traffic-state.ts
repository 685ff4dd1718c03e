import type { Conversation } from './conversation.js';
import type { OtherEvent } from './traffic-event.js';

/** How much is kept. */
export interface TrafficBounds {
  /** Conversations; the oldest go first. @default 2_000 */
  readonly conversations: number;
  /** Receipts of one conversation, and likewise its replies. @default 16 */
  readonly perConversation: number;
  /** Frames that are no messages and no receipts. @default 100 */
  readonly others: number;
  /** Seconds for which rates are kept. @default 60 */
  readonly seconds: number;
}

/** Everything heard since the beginning. */
export interface TrafficTotals {
  readonly messages: number;
  readonly receipts: number;
  readonly others: number;
  readonly bytes: number;
  /** Conversations that went wrong. */
  readonly faults: number;
  /** Conversations that are no longer kept. */
  readonly forgotten: number;
}

/** What was heard in one second of this machine's clock. */
export interface SecondOfTraffic {
  /** Seconds since 1970. */
  readonly second: number;
  readonly messages: number;
  readonly receipts: number;
  readonly bytes: number;
  readonly faults: number;
}

/** The traffic of a network as far as it is kept. Immutable: an older state goes on showing what it showed. */
export interface TrafficState {
  readonly bounds: TrafficBounds;
  /** By key, in order of arrival. */
  readonly conversations: ReadonlyMap<string, Conversation>;
  /** Message ids and stream names to the key of their conversation. */
  readonly index: ReadonlyMap<string, string>;
  /** Oldest first. */
  readonly others: readonly OtherEvent[];
  /** Oldest first; seconds in which nothing was heard are left out. */
  readonly seconds: readonly SecondOfTraffic[];
  readonly totals: TrafficTotals;
  readonly nextOrder: number;
}

/** A state in which nothing has been heard. */
export function emptyTraffic(bounds: Partial<TrafficBounds> = {}): TrafficState {
  return {
    bounds: { conversations: 2000, perConversation: 16, others: 100, seconds: 60, ...bounds },
    conversations: new Map(),
    index: new Map(),
    others: [],
    seconds: [],
    totals: { messages: 0, receipts: 0, others: 0, bytes: 0, faults: 0, forgotten: 0 },
    nextOrder: 0,
  };
}

/** Messages a second over the last `seconds` whole seconds before `nowMs`. */
export function messageRate({ seconds }: TrafficState, nowMs: number, overSeconds = 5): number {
  const end = Math.floor(nowMs / 1000);
  const heard = seconds.filter(({ second }) => second >= end - overSeconds && second < end);
  return heard.reduce((sum, { messages }) => sum + messages, 0) / overSeconds;
}
