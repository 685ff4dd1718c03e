import stringWidth from 'string-width';
import { sanitizeLine } from '../text/sanitize.js';

export interface Column<Row> {
  title: string;
  /** Text from the network is welcome: the table sanitises every cell. */
  cell(row: Row): string;
  align?: 'left' | 'right';
  /** Widest cell in terminal columns; longer ones end in `…`. @default 48 */
  maxWidth?: number;
}

const gap = '  ';
const graphemes = new Intl.Segmenter(undefined, { granularity: 'grapheme' });

/** Lays rows out in columns, title line first. Widths are terminal columns, so wide characters line up. */
export function renderTable<Row>(columns: readonly Column<Row>[], rows: readonly Row[]): string {
  const cells = rows.map((row) =>
    columns.map((column) => truncate(sanitizeLine(column.cell(row)), column.maxWidth ?? 48)),
  );
  const lines = [columns.map((column) => column.title), ...cells];
  const widths = columns.map((_, index) => Math.max(...lines.map((line) => stringWidth(line[index] ?? ''))));
  return lines
    .map((line) =>
      columns
        .map((column, index) => pad(line[index] ?? '', widths[index] ?? 0, column.align))
        .join(gap)
        .trimEnd(),
    )
    .join('\n');
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
