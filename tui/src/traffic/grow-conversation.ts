import type { StatusWord } from '../filter/filter-fields.js';
import type { Conversation, HeardStream } from './conversation.js';
import { cutText, keptTextLength } from './payload-text.js';
import type { MessageEvent, ReceiptEvent, StreamPart } from './traffic-event.js';

/** A later word replaces an earlier one; a rejection says more than the error reply beside it. */
const rank: Readonly<Record<StatusWord, number>> = {
  sent: 0,
  accepted: 1,
  processed: 2,
  streaming: 3,
  replied: 4,
  failed: 5,
  rejected: 6,
};

/** Adds the opening message, or another copy of it. */
export function withOpening(conversation: Conversation, event: MessageEvent): Conversation {
  const { status, copies, opening = event } = conversation;
  const grown = { ...touched(conversation, event), opening, copies: copies + 1 };
  if (conversation.opening === undefined || rank[status] < rank.failed) return grown;
  // Sent once more after it went wrong: what went wrong no longer counts.
  const { fault: _forgiven, ...again } = grown;
  return { ...again, status: 'sent' };
}

/** Adds a receipt. */
export function withReceipt(conversation: Conversation, event: ReceiptEvent, keep: number): Conversation {
  const isAboutPart = event.messageId !== conversation.key;
  // Every part of a stream has receipts of its own; only refusals say something new, and their parts are sent again.
  if (isAboutPart && event.status !== 'rejected') return touched(conversation, event);
  const grown = { ...touched(conversation, event), receipts: [...conversation.receipts, event].slice(-keep) };
  if (isAboutPart) return grown;
  if (event.status === 'accepted' || event.status === 'processed') return advanced(grown, event.status);
  if (event.status !== 'rejected') return grown;
  // The receiver has the first copy; only that one's receipts tell what became of it.
  if (event.code === 'duplicate' && conversation.copies > 1) return grown;
  return broken(grown, 'rejected', { code: event.code ?? 'rejected', detail: event.detail ?? '' });
}

/** Adds a reply or an error reply. */
export function withReply(conversation: Conversation, event: MessageEvent, keep: number): Conversation {
  const grown = { ...touched(conversation, event), replies: [...conversation.replies, event].slice(-keep) };
  if (event.error) return broken(grown, 'failed', event.error);
  return advanced(event.stream ? withStream(grown, event, event.stream) : grown, 'replied');
}

/** Adds a part of a stream. */
export function withStreamPart(conversation: Conversation, event: MessageEvent, part: StreamPart): Conversation {
  return withStream(touched(conversation, event), event, part);
}

function withStream(conversation: Conversation, { atMs }: MessageEvent, part: StreamPart): Conversation {
  const before: HeardStream = conversation.stream ?? {
    streamId: part.streamId,
    state: 'open',
    text: '',
    deltas: 0,
    nextSeq: 0,
    firstAtMs: atMs,
    lastAtMs: atMs,
  };
  const stream = { ...before, lastAtMs: atMs };
  switch (part.type) {
    case 'start':
      return advanced({ ...conversation, stream }, 'streaming');
    case 'delta':
      return advanced({ ...conversation, stream: withDelta(stream, part) }, 'streaming');
    case 'end': {
      const text = part.text === undefined ? stream.text : cutText(part.text, keptTextLength);
      return advanced({ ...conversation, stream: { ...stream, state: 'ended', text } }, 'replied');
    }
    case 'error':
      return broken({ ...conversation, stream: { ...stream, state: 'failed', error: part.error } }, 'failed', {
        code: 'stream_failed',
        detail: part.error,
      });
  }
}

/** A delta that was sent again, or comes after the end, adds nothing. */
function withDelta(stream: HeardStream, { seq, delta }: StreamPart & { type: 'delta' }): HeardStream {
  if (stream.state !== 'open' || seq < stream.nextSeq) return stream;
  const text = stream.text.length < keptTextLength ? cutText(stream.text + delta, keptTextLength) : stream.text;
  return { ...stream, text, deltas: stream.deltas + 1, nextSeq: seq + 1 };
}

function touched(conversation: Conversation, { atMs }: { atMs: number }): Conversation {
  return { ...conversation, lastAtMs: Math.max(conversation.lastAtMs, atMs), frames: conversation.frames + 1 };
}

function advanced(conversation: Conversation, status: StatusWord): Conversation {
  return rank[status] > rank[conversation.status] ? { ...conversation, status } : conversation;
}

function broken(
  conversation: Conversation,
  status: 'rejected' | 'failed',
  fault: { code: string; detail: string },
): Conversation {
  return rank[status] > rank[conversation.status] ? { ...conversation, status, fault } : conversation;
}
