import type { StatusWord } from '../filter/filter-fields.js';
import type { MessageEvent, ReceiptEvent } from './traffic-event.js';

/** A stream as far as it has been heard. */
export interface HeardStream {
  readonly streamId: string;
  readonly state: 'open' | 'ended' | 'failed';
  /** Deltas in order, at most `keptTextLength` characters; the sender's final text once it is there. */
  readonly text: string;
  readonly deltas: number;
  /** The delta expected next. */
  readonly nextSeq: number;
  readonly firstAtMs: number;
  readonly lastAtMs: number;
  readonly error?: string;
}

/** One message with everything that came of it: its copies, receipts, replies and stream. */
export interface Conversation {
  /** The id of the message that opened it, or a name made from stream or place when it has none. */
  readonly key: string;
  /** Counts up over all conversations, in order of arrival. */
  readonly order: number;
  /** Under what it is found: its key first, then its stream and the ids of that stream's latest parts. */
  readonly names: readonly string[];
  /** The message that opened it; absent as long as only what followed has been heard. */
  readonly opening?: MessageEvent;
  /** How often the opening message was sent. */
  readonly copies: number;
  /** Receipts of the opening message, and rejections of a stream's parts; oldest first. */
  readonly receipts: readonly ReceiptEvent[];
  /** Replies and error replies, oldest first. */
  readonly replies: readonly MessageEvent[];
  readonly stream?: HeardStream;
  readonly status: StatusWord;
  /** Why it went wrong. */
  readonly fault?: { readonly code: string; readonly detail: string };
  readonly startedAtMs: number;
  readonly lastAtMs: number;
  /** Everything heard, also what is no longer kept. */
  readonly frames: number;
}

/** Whether nothing more is expected: answered, refused, broken, or handled without anybody waiting for a reply. */
export function isSettled({ status, opening }: Conversation): boolean {
  if (status === 'processed') return !(opening?.kind === 'request' && opening.wantsReply);
  return status === 'replied' || status === 'rejected' || status === 'failed';
}

/** Milliseconds from the opening to the last thing that happened, or until now while more is expected. */
export function elapsedMs(conversation: Conversation, nowMs: number): number {
  const end = isSettled(conversation) ? conversation.lastAtMs : nowMs;
  return Math.max(0, end - conversation.startedAtMs);
}
