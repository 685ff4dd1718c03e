import { timeText } from '../layout/clock-text.js';
import { type Line, span } from '../layout/line.js';
import { cut, fit, textWidth } from '../layout/text-width.js';
import { windowStart } from '../layout/viewport.js';
import { type AppState, nameOf } from '../state/app-state.js';
import type { MessageEntry } from '../state/entries.js';
import type { OpenThread } from '../state/threads-state.js';
import { kindTone } from './status-mark.js';

const margin = 11;
const narrowest = 12;
const others = '…';

/** A thread as a sequence diagram: a lifeline for each party, an arrow for each message up to the chosen one. */
export function diagramLines(state: AppState, { messages, place }: OpenThread, height: number): Line[] {
  const lifelines = placeLifelines(messages, state.size.columns);
  const past = messages.slice(0, place + 1);
  const room = Math.max(1, height - 1);
  const start = windowStart(past.length, past.length - 1, room);
  const rows = past.slice(start, start + room);
  return [
    headLine(state, lifelines),
    ...rows.map((message, index) => arrowLine(message, lifelines, start + index === place)),
  ];
}

interface Lifeline {
  readonly party: string;
  readonly at: number;
  readonly width: number;
}

/** The parties in order of appearance; those there is no room for share the last lifeline. */
function placeLifelines(messages: readonly MessageEntry[], columns: number): Lifeline[] {
  const parties = [...new Set(messages.flatMap(({ from, to }) => [from, to]))];
  const most = Math.max(2, Math.floor((columns - margin) / narrowest));
  const shown = parties.length <= most ? parties : [...parties.slice(0, most - 1), others];
  const width = Math.max(2, Math.floor((columns - margin) / Math.max(1, shown.length)));
  return shown.map((party, index) => ({ party, width, at: margin + index * width + Math.floor(width / 2) }));
}

function headLine(state: AppState, lifelines: readonly Lifeline[]): Line {
  const titles = lifelines.map(({ party, width }) => centred(party === others ? others : nameOf(state, party), width));
  return [span(' '.repeat(margin)), span(titles.join(''), 'strong')];
}

function arrowLine(message: MessageEntry, lifelines: readonly Lifeline[], isChosen: boolean): Line {
  const from = lifelineOf(lifelines, message.from);
  const to = lifelineOf(lifelines, message.to);
  const tone = kindTone(message.kind);
  const head = [span(isChosen ? '❯ ' : '  ', 'accent'), span(`${timeText(message.sentMs)} `, 'dim')];
  const label = `${message.kind} ${message.text.replaceAll(/\s+/g, ' ')}`;
  const low = Math.min(from.at, to.at);
  const high = Math.max(from.at, to.at);
  if (low === high) {
    const room = Math.max(0, (lifelines.at(-1)?.at ?? low) + 1 - low);
    return [
      ...head,
      span(lifesBetween(lifelines, margin, low), 'dim'),
      span(cut(`↻ ${label}`, Math.max(4, room)), tone),
    ];
  }
  const end = (lifelines.at(-1)?.at ?? high) + 1;
  return [
    ...head,
    span(lifesBetween(lifelines, margin, low + 1), 'dim'),
    span(arrow(label, high - low - 1, to.at > from.at), tone),
    span(lifesBetween(lifelines, high, end), 'dim'),
  ];
}

/** `── label ──▶`, exactly as wide as there is between two lifelines. */
function arrow(label: string, width: number, isRight: boolean): string {
  const shaft = width - 1;
  const text = cut(label, Math.max(0, shaft - 4));
  const left = text === '' ? '─'.repeat(shaft) : `─ ${text} `;
  const filled = left + '─'.repeat(Math.max(0, shaft - textWidth(left)));
  return isRight ? `${filled}▶` : `◀${filled}`;
}

/** The lifelines from one column up to another. */
function lifesBetween(lifelines: readonly Lifeline[], from: number, to: number): string {
  const places = new Set(lifelines.map(({ at }) => at));
  return Array.from({ length: Math.max(0, to - from) }, (_, index) => (places.has(from + index) ? '│' : ' ')).join('');
}

function lifelineOf(lifelines: readonly Lifeline[], party: string): Lifeline {
  return (
    lifelines.find((lifeline) => lifeline.party === party) ??
    lifelines.at(-1) ?? { party, at: margin, width: narrowest }
  );
}

function centred(text: string, width: number): string {
  const short = cut(text, width - 1);
  const before = Math.floor((width - textWidth(short)) / 2);
  return fit(' '.repeat(Math.max(0, before)) + short, width);
}
