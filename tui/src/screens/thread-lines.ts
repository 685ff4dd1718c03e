import { spanText, timeText } from '../layout/clock-text.js';
import { type Line, lineOf, span } from '../layout/line.js';
import { cut, fit, wrap } from '../layout/text-width.js';
import { type AppState, nameOf } from '../state/app-state.js';
import type { MessageEntry } from '../state/entries.js';
import type { OpenThread } from '../state/threads-state.js';
import { diagramLines } from './diagram-lines.js';
import { kindTone } from './status-mark.js';

/** Lines of text shown of a message that is not chosen. */
const shortText = 3;

/** An open thread: what was said up to the chosen message, and where that stands in time. */
export function threadLines(state: AppState, open: OpenThread, height: number): Line[] {
  const { messages, error, isLoading, place } = open;
  if (messages.length === 0) {
    const text =
      error ??
      (isLoading
        ? 'asking the registry …'
        : 'No messages are on record here. History is written shortly after the fact.');
    return [lineOf(text, error === undefined ? 'dim' : 'bad')];
  }
  const room = Math.max(1, height - 1);
  const body = open.view === 'diagram' ? diagramLines(state, open, room) : transcriptLines(state, open, room);
  const filled = [...body, ...Array.from({ length: Math.max(0, room - body.length) }, () => lineOf(''))];
  return [...filled.slice(0, room), scrubber(open, messages[place], state.size.columns)];
}

/** What was said up to the chosen message, newest at the end; what came later, dimmed, only where there is room. */
function transcriptLines(state: AppState, { messages, place }: OpenThread, height: number): Line[] {
  const blockOf = (at: number) => {
    const message = messages[at];
    return message ? entryLines(state, message, { isChosen: at === place, most: height - 1 }) : [];
  };
  const lines: Line[] = [];
  for (let at = place; at >= 0 && lines.length < height; at--) lines.unshift(...blockOf(at));
  if (lines.length >= height) return lines.slice(-height);
  for (let at = place + 1; at < messages.length && lines.length < height; at++) lines.push(...blockOf(at).map(dimmed));
  return lines.slice(0, height);
}

function entryLines(
  state: AppState,
  message: MessageEntry,
  { isChosen, most }: { isChosen: boolean; most: number },
): Line[] {
  const { columns } = state.size;
  const { kind, from, to, text, sentMs, parentId } = message;
  const head: Line = [
    span(isChosen ? '❯ ' : '  ', 'accent'),
    span(`${timeText(sentMs)} `, 'dim'),
    span(`${fit(kind, 8)} `, kindTone(kind)),
    span(nameOf(state, from), 'strong'),
    span(' → ', 'dim'),
    span(nameOf(state, to), 'strong'),
    span(parentId === undefined ? '' : `  ↩ ${cut(parentId, 9)}`, 'dim'),
  ];
  const all = wrap(text, columns - 6);
  const shown = all.slice(0, isChosen ? most : shortText);
  const more = all.length > shown.length ? [lineOf(`      … ${all.length - shown.length} more lines`, 'dim')] : [];
  return [head, ...shown.map((part) => lineOf(`      ${part}`)), ...more];
}

function dimmed(line: Line): Line {
  return line.map(({ text }) => span(text, 'dim'));
}

/** Where the chosen message stands between the first and the last one. */
function scrubber(
  { messages, place, isFollowing, cursor, isLoading }: OpenThread,
  chosen: MessageEntry | undefined,
  columns: number,
): Line {
  const first = messages[0]?.sentMs ?? 0;
  const last = messages.at(-1)?.sentMs ?? first;
  const at = chosen?.sentMs ?? last;
  const label = ` ${place + 1}/${messages.length}${cursor === undefined ? '' : '+'} +${spanText(at - first)} ${isLoading ? '…' : isFollowing ? 'live' : 'held'}`;
  const width = Math.max(1, columns - label.length - 2);
  const share = last > first ? (at - first) / (last - first) : 1;
  const knob = Math.min(width - 1, Math.max(0, Math.round(share * (width - 1))));
  return [
    span('├', 'dim'),
    span('─'.repeat(knob), 'accent'),
    span('◆', 'accent'),
    span('─'.repeat(width - 1 - knob), 'dim'),
    span('┤', 'dim'),
    span(label, isFollowing ? 'good' : 'warn'),
  ];
}
