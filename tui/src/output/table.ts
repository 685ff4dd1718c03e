import stringWidth from 'string-width';
import { sanitizeLine } from '../text/sanitize.js';

export interface Column<Row> {
  title: string;
  /** Text from the network is welcome: the table sanitises every cell. */
  cell(row: Row): string;
  align?: 'left' | 'right';
  /** Widest cell in terminal columns; longer ones end in `…`. @default 48 */
  maxWidth?: number;
  /** What is shown instead where there is not room for all. @default cell */
  short?(row: Row): string;
  /** Narrowest it is made for want of room. @default 8 */
  leastWidth?: number;
  /** What people copy: it is cut only when all other columns are as narrow as they can be. @default false */
  isCopied?: boolean;
}

const gap = '  ';
const leastWidth = 8;
const graphemes = new Intl.Segmenter(undefined, { granularity: 'grapheme' });

/**
 * Lays rows out in columns, title line first. Widths are terminal columns, so wide characters line up.
 *
 * @param room - Columns there are; the widest columns give way until a row fits. Without it nothing does.
 */
export function renderTable<Row>(columns: readonly Column<Row>[], rows: readonly Row[], room = Infinity): string {
  const space = room - gap.length * (columns.length - 1);
  const whole = linesOf(columns, rows, false);
  const lines = sum(widthsOf(whole)) > space ? linesOf(columns, rows, true) : whole;
  const widths = narrowed(columns, widthsOf(lines), space);
  return lines
    .map((line) =>
      columns
        .map((column, index) => pad(truncate(line[index] ?? '', widths[index] ?? 0), widths[index] ?? 0, column.align))
        .join(gap)
        .trimEnd(),
    )
    .join('\n');
}

/** The title line, and one for each row. */
function linesOf<Row>(columns: readonly Column<Row>[], rows: readonly Row[], isShort: boolean): string[][] {
  const cellOf = ({ cell, short, maxWidth = 48 }: Column<Row>, row: Row) =>
    truncate(sanitizeLine(isShort && short ? short(row) : cell(row)), maxWidth);
  return [columns.map(({ title }) => title), ...rows.map((row) => columns.map((column) => cellOf(column, row)))];
}

function widthsOf([titles = [], ...rows]: readonly string[][]): number[] {
  return titles.map((title, index) =>
    Math.max(stringWidth(title), ...rows.map((row) => stringWidth(row[index] ?? ''))),
  );
}

function sum(widths: readonly number[]): number {
  return widths.reduce((all, width) => all + width, 0);
}

/** Takes from the widest column, one by one, those that are copied last. */
function narrowed<Row>(columns: readonly Column<Row>[], widest: readonly number[], room: number): readonly number[] {
  const widths = [...widest];
  const spare = (index: number) => (widths[index] ?? 0) - (columns[index]?.leastWidth ?? leastWidth);
  for (const isCopied of [false, true]) {
    const giving = columns.flatMap((column, index) => ((column.isCopied ?? false) === isCopied ? [index] : []));
    while (sum(widths) > room) {
      const able = giving.filter((index) => spare(index) > 0);
      const most = Math.max(...able.map((index) => widths[index] ?? 0));
      const widestOne = able.find((index) => widths[index] === most);
      if (widestOne === undefined) break;
      widths[widestOne] = most - 1;
    }
  }
  return widths;
}

/** Cuts text to a number of terminal columns, never inside a character. */
export function truncate(text: string, maxWidth: number): string {
  if (stringWidth(text) <= maxWidth) return text;
  let cut = '';
  let width = 1;
  for (const { segment } of graphemes.segment(text)) {
    width += stringWidth(segment);
    if (width > maxWidth) break;
    cut += segment;
  }
  return `${cut}…`;
}

function pad(text: string, width: number, align: 'left' | 'right' = 'left'): string {
  const blanks = ' '.repeat(Math.max(0, width - stringWidth(text)));
  return align === 'right' ? blanks + text : text + blanks;
}
