import type { MessageEvent, OtherEvent, Party, ReceiptEvent, TrafficEvent, UsernameOf } from '../traffic/index.js';
import type { Piece, Style } from './paint.js';

/** How much of an event a line shows. */
export interface LineOptions {
  usernameOf: UsernameOf;
  includePayload: boolean;
}

const kindStyles: Readonly<Record<string, Style>> = { request: 'cyan', reply: 'green', error: 'red', stream: 'blue' };
const shortIdLength = 8;
const longestPreview = 400;

/** One event on one line: time, kind, who to whom, thread, id, and what became of it. */
export function trafficLine(event: TrafficEvent, options: LineOptions): Piece[] {
  const time: Piece = { text: `${new Date(event.atMs).toISOString().slice(11, 23)} `, style: 'dim' };
  switch (event.type) {
    case 'message':
      return [time, ...messagePieces(event, options)];
    case 'receipt':
      return [time, ...receiptPieces(event, options)];
    case 'other':
      return [time, ...otherPieces(event, options)];
  }
}

function messagePieces(event: MessageEvent, { usernameOf, includePayload }: LineOptions): Piece[] {
  const { kind, from, to, threadId, messageId, parentStatus, error, stream, text } = event;
  return [
    column(kind, 9, kindStyles[kind] ?? 'white'),
    parties(from, to, usernameOf),
    ...place(threadId, messageId),
    ...(parentStatus ? [{ text: ` ${parentStatus}`, style: 'grey' } as const] : []),
    ...(stream ? [` ${stream.type}`] : []),
    ...(error ? [{ text: ` ${error.code}: ${error.detail}`, style: 'red' } as const] : []),
    ...(includePayload ? [` ${oneLine(text)}`] : []),
  ];
}

function receiptPieces(event: ReceiptEvent, { usernameOf }: LineOptions): Piece[] {
  const { status, code, detail, from, to, threadId = '', messageId } = event;
  const why = code === undefined ? '' : ` ${code}${detail === undefined ? '' : `: ${detail}`}`;
  return [
    column('receipt', 9, 'grey'),
    parties(from, to, usernameOf),
    ...place(threadId, messageId),
    { text: ` ${status}${why}`, style: status === 'rejected' ? 'red' : 'grey' },
  ];
}

function otherPieces({ subject, bytes, reason, text }: OtherEvent, { includePayload }: LineOptions): Piece[] {
  return [
    column(reason === undefined ? 'other' : 'unread', 9, reason === undefined ? 'white' : 'red'),
    `${subject} (${bytes} bytes)${reason === undefined ? '' : ` ${reason}`}`,
    ...(includePayload ? [` ${oneLine(text)}`] : []),
  ];
}

function column(text: string, width: number, style: Style): Piece {
  return { text: `${text.padEnd(width)} `, style };
}

function parties(from: Party, to: Party, usernameOf: UsernameOf): Piece {
  return { text: `${nameOf(from, usernameOf)} → ${nameOf(to, usernameOf)}`, style: 'bold' };
}

function place(threadId: string, messageId: string): Piece[] {
  return [{ text: `  ${threadId} ${messageId.slice(0, shortIdLength)}`, style: 'dim' }];
}

/** What a person calls a party: its username, else its account, else its role. */
export function nameOf({ accountId, label, capability }: Party, usernameOf: UsernameOf): string {
  if (capability !== undefined) return `capability:${capability}`;
  if (accountId === undefined) return label ?? '?';
  const username = usernameOf(accountId);
  return username === undefined ? accountId : `@${username}`;
}

function oneLine(text: string): string {
  const line = text.replaceAll(/\s*\n\s*/gu, ' ');
  return line.length > longestPreview ? `${line.slice(0, longestPreview)}…` : line;
}
