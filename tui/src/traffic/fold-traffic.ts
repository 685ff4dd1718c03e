import type { Conversation } from './conversation.js';
import { withOpening, withReceipt, withReply, withStreamPart } from './grow-conversation.js';
import type { MessageEvent, ReceiptEvent, StreamPart, TrafficEvent } from './traffic-event.js';
import type { SecondOfTraffic, TrafficState, TrafficTotals } from './traffic-state.js';

/** Names under which one conversation is found: its key, its stream, and the latest parts of that. */
const keptNames = 64;

/** The next state while it is being made; nobody else sees it. */
interface Draft {
  readonly bounds: TrafficState['bounds'];
  readonly conversations: Map<string, Conversation>;
  readonly index: Map<string, string>;
  others: TrafficState['others'];
  readonly seconds: { -readonly [name in keyof SecondOfTraffic]: number }[];
  readonly totals: { -readonly [name in keyof TrafficTotals]: number };
  nextOrder: number;
}

/**
 * Adds what was heard, in order. Copying the state costs as much as it is large, so give it what came within one frame of the screen
 * at once rather than one event at a time.
 *
 * @returns A new state; the old one stays as it was.
 */
export function foldTraffic(state: TrafficState, events: readonly TrafficEvent[]): TrafficState {
  if (events.length === 0) return state;
  const draft: Draft = {
    ...state,
    conversations: new Map(state.conversations),
    index: new Map(state.index),
    seconds: state.seconds.map((second) => ({ ...second })),
    totals: { ...state.totals },
  };
  for (const event of events) take(draft, event);
  return draft;
}

function take(draft: Draft, event: TrafficEvent): void {
  const faultsBefore = draft.totals.faults;
  draft.totals.bytes += event.bytes;
  switch (event.type) {
    case 'message':
      draft.totals.messages++;
      takeMessage(draft, event);
      break;
    case 'receipt':
      draft.totals.receipts++;
      takeReceipt(draft, event);
      break;
    case 'other':
      draft.totals.others++;
      draft.others = [...draft.others, event].slice(-draft.bounds.others);
  }
  count(draft, event, draft.totals.faults - faultsBefore);
}

function takeMessage(draft: Draft, event: MessageEvent): void {
  const { perConversation } = draft.bounds;
  const { kind, stream, parentMessageId } = event;
  if (kind === 'stream' && stream) {
    takeStreamPart(draft, event, stream);
    return;
  }
  const answered = kind === 'reply' || kind === 'error' ? parentMessageId : undefined;
  if (answered === undefined) {
    // Without an id it can neither be sent again nor get a receipt that names it.
    const key = event.messageId || `unnamed ${draft.nextOrder}`;
    grow(draft, draft.index.get(key) ?? key, event, (conversation) => withOpening(conversation, event));
  } else {
    const key = draft.index.get(answered) ?? answered;
    grow(draft, key, event, (conversation) => withReply(conversation, event, perConversation));
  }
}

function takeStreamPart(draft: Draft, event: MessageEvent, part: StreamPart): void {
  const name = `stream ${JSON.stringify([event.from.accountId, event.threadId, part.streamId])}`;
  const key = draft.index.get(name) ?? askedFor(draft, event, part)?.key ?? name;
  grow(draft, key, event, (conversation) => withStreamPart(conversation, event, part));
  for (const alias of [name, event.messageId]) if (alias !== '') nameToo(draft, key, alias);
}

/** The conversation a stream answers: one that has no stream yet, or this one. */
function askedFor(
  { index, conversations }: Draft,
  { parentMessageId = '' }: MessageEvent,
  { streamId }: StreamPart,
): Conversation | undefined {
  const asked = conversations.get(index.get(parentMessageId) ?? '');
  return asked?.stream === undefined || asked.stream.streamId === streamId ? asked : undefined;
}

function takeReceipt(draft: Draft, event: ReceiptEvent): void {
  if (event.messageId === '') return;
  const key = draft.index.get(event.messageId) ?? event.messageId;
  grow(draft, key, event, (conversation) => withReceipt(conversation, event, draft.bounds.perConversation));
}

function grow(
  draft: Draft,
  key: string,
  { atMs }: TrafficEvent,
  change: (conversation: Conversation) => Conversation,
): void {
  const before = draft.conversations.get(key) ?? begin(draft, key, atMs);
  const after = change(before);
  if (after.fault && !before.fault) draft.totals.faults++;
  draft.conversations.set(key, after);
}

function begin(draft: Draft, key: string, atMs: number): Conversation {
  if (draft.conversations.size >= draft.bounds.conversations) forgetOldest(draft);
  draft.index.set(key, key);
  return {
    key,
    order: draft.nextOrder++,
    names: [key],
    copies: 0,
    receipts: [],
    replies: [],
    status: 'sent',
    startedAtMs: atMs,
    lastAtMs: atMs,
    frames: 0,
  };
}

/** Lets receipts and later parts find a conversation under another name; a long stream keeps its last names only. */
function nameToo({ conversations, index }: Draft, key: string, name: string): void {
  const conversation = conversations.get(key);
  if (!conversation || index.get(name) === key) return;
  const names = [...conversation.names, name];
  // The first two are its key and its stream.
  if (names.length > keptNames) index.delete(names.splice(2, 1)[0] ?? '');
  index.set(name, key);
  conversations.set(key, { ...conversation, names });
}

function forgetOldest({ conversations, index, totals }: Draft): void {
  for (const [key, { names }] of conversations) {
    conversations.delete(key);
    for (const name of names) index.delete(name);
    totals.forgotten++;
    return;
  }
}

function count({ seconds, bounds }: Draft, { type, atMs, bytes }: TrafficEvent, faults: number): void {
  const second = Math.floor(atMs / 1000);
  let last = seconds.at(-1);
  if (last === undefined || last.second < second) {
    last = { second, messages: 0, receipts: 0, bytes: 0, faults: 0 };
    seconds.push(last);
    if (seconds.length > bounds.seconds) seconds.shift();
  }
  last.bytes += bytes;
  last.faults += faults;
  if (type === 'message') last.messages++;
  if (type === 'receipt') last.receipts++;
}
