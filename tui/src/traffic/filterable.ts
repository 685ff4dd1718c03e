import type { Filterable, StatusWord } from '../filter/index.js';
import type { Conversation } from './conversation.js';
import type { MessageEvent, Party, ReceiptEvent, TrafficEvent } from './traffic-event.js';

/** The username of an account, without `@`, as far as it is known. */
export type UsernameOf = (accountId: string) => string | undefined;

/** What filters see of one event. */
export function filterableEvent(event: TrafficEvent, usernameOf: UsernameOf): Filterable {
  switch (event.type) {
    case 'message':
      return { ...nothing, ...ofMessage(event, usernameOf), atMs: event.atMs };
    case 'receipt':
      return { ...nothing, ...ofReceipt(event, usernameOf), atMs: event.atMs };
    case 'other':
      return { ...nothing, texts: [event.text], atMs: event.atMs, isFault: event.reason !== undefined };
  }
}

/** What filters see of a conversation: its opening message, or what there is instead, and what came of it. */
export function filterableConversation(conversation: Conversation, usernameOf: UsernameOf): Filterable {
  const { opening, replies, receipts, stream, status, fault, startedAtMs, key } = conversation;
  const first = opening ?? replies[0] ?? receipts[0];
  const parties = first ? partiesOf(first, usernameOf, opening === undefined) : { from: [], to: [] };
  const messages = opening ? [opening, ...replies] : replies;
  return {
    ...nothing,
    ...parties,
    kinds: [...messages.map(({ kind }) => kind), ...(stream ? ['stream'] : []), ...(receipts[0] ? ['receipt'] : [])],
    statuses: [status, ...receipts.map((receipt) => receipt.status), ...replies.flatMap(statusesIn)],
    codes: fault ? [fault.code] : [],
    threadId: first?.threadId,
    ids: [key, ...messages.map(({ messageId }) => messageId)],
    traceId: first?.traceId,
    texts: [...messages.map(({ text }) => text), ...(stream ? [stream.text] : [])],
    atMs: startedAtMs,
    isFault: fault !== undefined,
  };
}

/** Every name by which a party can be looked for. */
export function namesOf({ accountId, label, capability }: Party, usernameOf: UsernameOf): string[] {
  const username = accountId === undefined ? undefined : usernameOf(accountId);
  return [accountId, username && `@${username}`, label, capability && `capability:${capability}`].filter(
    (name) => name !== undefined && name !== '',
  ) as string[];
}

const nothing: Filterable = {
  from: [],
  to: [],
  kinds: [],
  statuses: [],
  codes: [],
  threadId: undefined,
  ids: [],
  traceId: undefined,
  texts: [],
  atMs: 0,
  isFault: false,
};

function ofMessage(event: MessageEvent, usernameOf: UsernameOf): Partial<Filterable> {
  const { kind, error, threadId, messageId, traceId, text, stream } = event;
  return {
    ...partiesOf(event, usernameOf, false),
    kinds: [kind],
    statuses: statusesIn(event),
    codes: error ? [error.code] : [],
    threadId,
    ids: [messageId],
    traceId,
    texts: [text],
    isFault: error !== undefined || stream?.type === 'error',
  };
}

/** Of the receipts a reply stands for. Spec: rule `receipt.with-reply`. */
function statusesIn({ parentStatus }: MessageEvent): StatusWord[] {
  return parentStatus === undefined ? [] : ['accepted', parentStatus];
}

function ofReceipt(event: ReceiptEvent, usernameOf: UsernameOf): Partial<Filterable> {
  const { status, code, threadId, messageId, traceId, detail } = event;
  return {
    ...partiesOf(event, usernameOf, false),
    kinds: ['receipt'],
    statuses: [status],
    codes: code === undefined ? [] : [code],
    threadId,
    ids: [messageId],
    traceId,
    texts: detail === undefined ? [] : [detail],
    isFault: status === 'rejected',
  };
}

/** A reply or receipt goes the other way than the conversation it belongs to. */
function partiesOf(
  { from, to }: MessageEvent | ReceiptEvent,
  usernameOf: UsernameOf,
  reversed: boolean,
): { from: string[]; to: string[] } {
  const [sender, addressee] = reversed ? [to, from] : [from, to];
  return { from: namesOf(sender, usernameOf), to: namesOf(addressee, usernameOf) };
}
