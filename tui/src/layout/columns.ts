import { type Line, type Span, span, type Tone } from './line.js';
import { fit } from './text-width.js';

/** One column of a list. */
export interface ListColumn<Row> {
  title: string;
  cell(row: Row): string;
  tone?(row: Row): Tone;
  /** Columns it takes. */
  width: number;
  /** Takes a share of what is left. @default 0 */
  grow?: number;
  /** Columns of the screen from which it is shown. @default 0 */
  from?: number;
  align?: 'left' | 'right';
}

const gap = 1;
const marker = 2;

export interface PlacedColumn<Row> extends ListColumn<Row> {
  readonly place: number;
}

/** Chooses the columns a screen of this width has room for, and their widths. */
export function placeColumns<Row>(columns: readonly ListColumn<Row>[], width: number): PlacedColumn<Row>[] {
  const shown = columns.filter(({ from = 0 }) => width >= from);
  const taken = shown.reduce((sum, column) => sum + column.width + gap, marker);
  const shares = shown.reduce((sum, { grow = 0 }) => sum + grow, 0);
  const left = Math.max(0, width - taken);
  return shown.map((column) => ({
    ...column,
    place: column.width + (shares === 0 ? 0 : Math.floor((left * (column.grow ?? 0)) / shares)),
  }));
}

export function titleLine<Row>(columns: readonly PlacedColumn<Row>[]): Line {
  const titles = columns.map(({ title, place, align }) => fit(title, place, align));
  return [span(`${' '.repeat(marker)}${titles.join(' '.repeat(gap))}`, 'dim')];
}

/** One row; the chosen one is marked with `❯`, because not every terminal shows inverse text. */
export function rowLine<Row>(columns: readonly PlacedColumn<Row>[], row: Row, chosen: boolean): Line {
  const cells: Span[] = [span(chosen ? '❯ ' : '  ', chosen ? 'accent' : 'plain')];
  for (const [index, column] of columns.entries()) {
    if (index > 0) cells.push(span(' '.repeat(gap)));
    const tone = column.tone?.(row) ?? 'plain';
    cells.push(span(fit(column.cell(row), column.place, column.align), chosen && tone === 'plain' ? 'chosen' : tone));
  }
  return cells;
}
