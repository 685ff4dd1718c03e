import { spanText, timeText } from '../layout/clock-text.js';
import { type ListColumn, placeColumns, rowLine, titleLine } from '../layout/columns.js';
import { type Line, lineOf, span } from '../layout/line.js';
import { windowStart } from '../layout/viewport.js';
import { type AppState, nameOf } from '../state/app-state.js';
import { watchedRows } from '../state/take-watch.js';
import { newSincePause } from '../state/watch-state.js';
import { type Conversation, elapsedMs, type Party } from '../traffic/index.js';
import { kindTone, statusMarks } from './status-mark.js';

/** Live traffic, one line for each conversation, the newest at the bottom. */
export function watchLines(state: AppState, height: number): Line[] {
  const { watch, size } = state;
  const { rows, place } = watchedRows(state);
  const placed = placeColumns(columnsOf(state), size.columns);
  const room = Math.max(0, height - 2);
  if (rows.length === 0) return [titleLine(placed), lineOf(`  ${emptyText(state)}`, 'dim')];
  const start = watch.paused ? windowStart(rows.length, place, room) : Math.max(0, rows.length - room);
  const shown = rows.slice(start, start + room);
  const body = shown.map((row, index) => rowLine(placed, row, start + index === place));
  const filler = Array.from({ length: room - shown.length }, () => lineOf(''));
  return [titleLine(placed), ...body, ...filler, followLine(state, rows.length, place)];
}

function emptyText({ watch, link }: AppState): string {
  if (link.status !== 'up') return 'waiting for the connection …';
  if (watch.filter.terms.length > 0 || watch.faultsOnly) return 'Nothing heard so far fits; esc shows all.';
  return 'Quiet so far. Whatever agents say to one another appears here.';
}

function followLine(state: AppState, count: number, place: number): Line {
  const { watch } = state;
  const fresh = newSincePause(watch);
  const where = `${Math.min(place + 1, count)}/${count}`;
  if (!watch.paused) return [span('  ▼ following ', 'good'), span(where, 'dim')];
  const news = fresh > 0 ? `${fresh} new ↓` : 'nothing new';
  return [
    span('  ‖ paused  ', 'warn'),
    span(news, fresh > 0 ? 'strong' : 'dim'),
    span(`  ${where}  p or G follows`, 'dim'),
  ];
}

export function partyText(state: AppState, { accountId, label, capability }: Party = {}): string {
  if (capability !== undefined) return `⚙${capability}`;
  if (accountId !== undefined) return nameOf(state, accountId);
  return label ?? '?';
}

/** What was said, in one line: what went wrong, else the answer, else the question. */
function gist({ opening, replies, stream, fault }: Conversation): string {
  const asked = opening?.text ?? '';
  if (fault) return `${fault.code}${fault.detail === '' ? '' : `: ${fault.detail}`} ⟵ ${asked}`;
  const answer = stream?.text ?? replies.at(-1)?.text;
  return answer === undefined ? asked : `${asked} ⟶ ${answer}`;
}

function columnsOf(state: AppState): ListColumn<Conversation>[] {
  const first = ({ opening, replies, receipts }: Conversation) => {
    if (opening) return { from: opening.from, to: opening.to };
    const later = replies[0] ?? receipts[0];
    return { from: later?.to ?? {}, to: later?.from ?? {} };
  };
  return [
    { title: 'TIME', width: 8, from: 60, cell: ({ startedAtMs }) => timeText(startedAtMs), tone: () => 'dim' },
    {
      title: ' ',
      width: 1,
      cell: ({ status }) => statusMarks[status].mark,
      tone: ({ status }) => statusMarks[status].tone,
    },
    {
      title: 'STATE',
      width: 9,
      from: 90,
      cell: ({ status }) => status,
      tone: ({ status }) => statusMarks[status].tone,
    },
    { title: 'TOOK', width: 5, align: 'right', cell: (row) => spanText(elapsedMs(row, state.nowMs)) },
    {
      title: 'KIND',
      width: 7,
      from: 50,
      cell: ({ opening, stream }) => opening?.kind ?? (stream ? 'stream' : '?'),
      tone: ({ opening }) => kindTone(opening?.kind ?? ''),
    },
    { title: 'FROM', width: 10, grow: 1, cell: (row) => partyText(state, first(row).from), tone: () => 'strong' },
    { title: 'TO', width: 10, grow: 1, cell: (row) => partyText(state, first(row).to), tone: () => 'strong' },
    {
      title: '×',
      width: 2,
      from: 100,
      align: 'right',
      cell: ({ copies }) => (copies > 1 ? String(copies) : ''),
      tone: () => 'warn',
    },
    { title: 'SAID', width: 6, grow: 5, cell: gist, tone: ({ fault }) => (fault ? 'bad' : 'plain') },
  ];
}
