import type { SentMessage } from '@agentnet/protocol';
import type { Channel } from './wire-frame.js';

/** Who sent or gets something, as the message claims. Texts are sanitised. */
export interface Party {
  readonly accountId?: string;
  /** The sender's role label. Not an identity. */
  readonly label?: string;
  readonly capability?: string;
}

interface Overheard {
  /** When it was heard, this machine's clock. */
  readonly atMs: number;
  readonly subject: string;
  readonly bytes: number;
}

/** A part of a stream, as a message carries it. */
export type StreamPart =
  | { readonly type: 'start'; readonly streamId: string }
  | { readonly type: 'delta'; readonly streamId: string; readonly seq: number; readonly delta: string }
  | { readonly type: 'end'; readonly streamId: string; readonly text?: string }
  | { readonly type: 'error'; readonly streamId: string; readonly error: string };

/** A message that passed. */
export interface MessageEvent extends Overheard {
  readonly type: 'message';
  readonly channel: Channel;
  /** Empty when the sender gave none. */
  readonly messageId: string;
  readonly threadId: string;
  readonly traceId: string;
  readonly parentMessageId?: string;
  readonly kind: string;
  readonly from: Party;
  readonly to: Party;
  readonly sessionTag?: string;
  /** Sender clock. */
  readonly sentAtMs?: number;
  readonly expiresAtMs?: number;
  readonly idempotencyKey?: string;
  /** Whether it carries a signature; nobody has verified it here. */
  readonly isSigned: boolean;
  /** Whether its sender waits for a reply. */
  readonly wantsReply: boolean;
  /** The payload for people: a text as it is, an object's `text`, anything else as JSON. Newlines may be in it. */
  readonly text: string;
  /** The payload as JSON on one line, exact unless `isCut`. */
  readonly json: string;
  /** Whether `text` or `json` were too long to be kept whole. */
  readonly isCut: boolean;
  readonly stream?: StreamPart;
  /** What an error reply says. */
  readonly error?: { readonly code: string; readonly detail: string };
  /** What became of the message a reply answers, when the reply stands for its receipts. */
  readonly parentStatus?: NonNullable<SentMessage['parent_status']>;
}

/** A delivery receipt that passed. */
export interface ReceiptEvent extends Overheard {
  readonly type: 'receipt';
  readonly messageId: string;
  /** Trimmed and in lower case. */
  readonly status: string;
  readonly code?: string;
  readonly detail?: string;
  /** Who gives the receipt. */
  readonly from: Party;
  /** Who sent the message. */
  readonly to: Party;
  readonly threadId?: string;
  readonly traceId?: string;
}

/** Anything else that passed: not readable, or on a subject of its own. */
export interface OtherEvent extends Overheard {
  readonly type: 'other';
  /** What is wrong with it, if it should have been a message or a receipt. */
  readonly reason?: string;
  readonly text: string;
}

/** One thing that passed on the network, all its texts sanitised. */
export type TrafficEvent = MessageEvent | ReceiptEvent | OtherEvent;
