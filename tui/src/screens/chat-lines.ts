import { editorLines } from '../editor/editor-lines.js';
import { spanText, timeText } from '../layout/clock-text.js';
import { type Line, lineOf, span } from '../layout/line.js';
import { wrap } from '../layout/text-width.js';
import type { AppState } from '../state/app-state.js';
import { type ChatEntry, currentRoom } from '../state/chat-state.js';
import { completions } from '../state/completion.js';
import { completableIn } from '../state/writing.js';
import { chatMarks } from './status-mark.js';

/** Most lines of the text being written that are shown. */
const composerMost = 6;

/** The conversation, and below it what is being written. */
export function chatLines(state: AppState, height: number): Line[] {
  const composer = composerLines(state, Math.max(1, Math.min(composerMost, Math.floor(height / 3))));
  const room = Math.max(0, height - composer.length);
  const all = transcript(state);
  const { scroll } = currentRoom(state.chat);
  const end = Math.max(Math.min(room, all.length), all.length - scroll);
  const shown = all.slice(Math.max(0, end - room), end);
  const filler = Array.from({ length: Math.max(0, room - shown.length) }, () => lineOf(''));
  return [...filler, ...shown, ...composer].slice(-height);
}

/** How far the conversation can be scrolled. */
export function chatScrollMost(state: AppState, height: number): number {
  return Math.max(0, transcript(state).length - (height - 3));
}

function transcript(state: AppState): Line[] {
  const room = currentRoom(state.chat);
  if (room.entries.length > 0) return room.entries.flatMap((entry) => entryLines(state, entry));
  const who =
    room.to === '' ? 'Begin with @name to say whom you talk to; tab completes.' : `Nothing said yet to ${room.to}.`;
  return [
    lineOf(who, 'dim'),
    lineOf('A line that is JSON is sent as JSON, anything else as text. /help shows the keys.', 'dim'),
  ];
}

function entryLines({ size, nowMs }: AppState, entry: ChatEntry): Line[] {
  const { from, name, text, status, atMs, endedMs, error, sending } = entry;
  if (from === 'note') return wrap(text, size.columns - 4).map((part) => lineOf(`  ${part}`, 'dim'));
  const { mark, tone } = chatMarks[status];
  const isWaiting = status === 'pending' || status === 'streaming';
  // What came in one piece took no time that anybody could see.
  const took = isWaiting
    ? `${spanText(nowMs - atMs)} …`
    : endedMs === undefined || endedMs === atMs
      ? ''
      : spanText(endedMs - atMs);
  const speaker = from === 'me' ? (sending === undefined ? 'you' : `you → ${sending.to}`) : name;
  const head: Line = [
    span(`${mark} `, tone),
    span(speaker, from === 'me' ? 'strong' : 'accent'),
    span(`  ${timeText(atMs)}  `, 'dim'),
    span(status === 'done' || status === 'answered' ? took : `${status} ${took}`, tone),
  ];
  const body = wrappedText(entry, size.columns - 3).map((part) => lineOf(`  ${part}`));
  return error === undefined
    ? [head, ...body]
    : [head, ...body, ...wrap(error, size.columns - 3).map((part) => lineOf(`  ${part}`, 'bad'))];
}

/** What is said never changes without a new entry, and most of it is laid out again with every frame. */
const wrapped = new WeakMap<ChatEntry, { width: number; lines: readonly string[] }>();

function wrappedText(entry: ChatEntry, width: number): readonly string[] {
  const before = wrapped.get(entry);
  if (before?.width === width) return before.lines;
  const lines = wrap(entry.text, width);
  wrapped.set(entry, { width, lines });
  return lines;
}

function composerLines(state: AppState, height: number): Line[] {
  const { chat, size } = state;
  const room = currentRoom(chat);
  const offers = chat.isComposing ? completions(completableIn(state)) : [];
  const rule = `─ to ${room.to === '' ? 'whom? @name' : room.to} `;
  const rooms = chat.rooms.length > 1 ? ` ${chat.current + 1}/${chat.rooms.length} ─` : '';
  const blank = '─'.repeat(Math.max(0, size.columns - rule.length - rooms.length));
  const lines: Line[] = [[span(rule, 'accent'), span(blank + rooms, 'dim')]];
  if (offers.length > 0) lines.push([span('  tab: ', 'dim'), span(offers.join('  '), 'accent')]);
  if (!chat.isComposing)
    return [
      ...lines,
      [span('  ', 'plain'), span(room.draft.text === '' ? 'enter writes' : firstLine(room.draft.text), 'dim')],
    ];
  const typed = editorLines(room.draft, size.columns - 2, height);
  return [...lines, ...typed.map((line, index): Line => [span(index === 0 ? '❯ ' : '  ', 'accent'), ...line])];
}

function firstLine(text: string): string {
  return text.split('\n', 1)[0] ?? '';
}
