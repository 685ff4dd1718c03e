import { spanText } from '../layout/clock-text.js';
import { type ListColumn, placeColumns, rowLine, titleLine } from '../layout/columns.js';
import { type Line, lineOf } from '../layout/line.js';
import { windowStart } from '../layout/viewport.js';
import { type AppState, nameOf } from '../state/app-state.js';
import { placeOf } from '../state/chosen.js';
import type { ThreadEntry } from '../state/entries.js';

/** The list of threads, newest activity first. */
export function threadsLines(state: AppState, height: number): Line[] {
  const { rows, chosenId, cursor, isLoading, error, filter } = state.threads;
  const placed = placeColumns(columnsOf(state), state.size.columns);
  if (rows.length === 0) {
    const text =
      error ??
      (isLoading
        ? 'asking the registry …'
        : filter === ''
          ? 'No thread is on record yet.'
          : `No thread fits "${filter}"; esc shows all.`);
    return [titleLine(placed), lineOf(`  ${text}`, error === undefined ? 'dim' : 'bad')];
  }
  const room = Math.max(0, height - 2);
  const place = placeOf(rows, ({ threadId }) => threadId === chosenId);
  const start = windowStart(rows.length, place, room);
  const shown = rows.slice(start, start + room);
  const end = isLoading
    ? 'asking the registry …'
    : cursor === undefined
      ? `${rows.length} threads`
      : `${rows.length} threads, and more: go on down`;
  return [
    titleLine(placed),
    ...shown.map((row, index) => rowLine(placed, row, start + index === place)),
    lineOf(`  ${error ?? end}`, error === undefined ? 'dim' : 'bad'),
  ];
}

function columnsOf(state: AppState): ListColumn<ThreadEntry>[] {
  return [
    { title: 'THREAD', width: 16, grow: 3, cell: ({ threadId }) => threadId, tone: () => 'accent' },
    {
      title: 'WITH',
      width: 12,
      grow: 4,
      from: 60,
      cell: ({ participants }) => participants.map((id) => nameOf(state, id)).join(' '),
    },
    { title: 'MSGS', width: 5, align: 'right', cell: ({ messages }) => String(messages) },
    { title: 'OPEN', width: 5, align: 'right', from: 90, cell: ({ pending }) => String(pending) },
    { title: 'TOKENS', width: 7, align: 'right', from: 70, cell: ({ tokens }) => String(tokens) },
    {
      title: 'STATE',
      width: 8,
      from: 50,
      cell: ({ status }) => (status === 'needs_compaction' ? 'compact!' : status),
      tone: ({ status }) => (status === 'ok' ? 'good' : status === 'warn' ? 'warn' : 'bad'),
    },
    { title: 'LAST', width: 5, align: 'right', cell: ({ lastMs }) => spanText(state.nowMs - lastMs) },
  ];
}
