export interface Column {
  readonly heading: string;
  readonly align?: 'left' | 'right';
}

/** A Markdown table, padded so that its source can be read too. */
export function markdownTable(columns: readonly Column[], rows: readonly (readonly string[])[]): string {
  const cells = rows.map((row) => columns.map((_, place) => (row[place] ?? '').replaceAll('|', '\\|')));
  const widths = columns.map(({ heading }, place) =>
    Math.max(3, heading.length, ...cells.map((row) => row[place]?.length ?? 0)),
  );
  const pad = (text: string, place: number): string => {
    const width = widths[place] ?? 0;
    return columns[place]?.align === 'right' ? text.padStart(width) : text.padEnd(width);
  };
  const line = (row: readonly string[]): string => `| ${row.map(pad).join(' | ')} |`;
  const rule = widths.map((width, place) =>
    columns[place]?.align === 'right' ? `${'-'.repeat(width - 1)}:` : '-'.repeat(width),
  );
  return [line(columns.map(({ heading }) => heading)), line(rule), ...cells.map(line)].join('\n');
}
