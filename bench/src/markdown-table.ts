export interface Column {
  readonly heading: string;
  readonly align?: 'left' | 'right';
}

/** A Markdown table without padding: a page of many wide tables would be spaces for the most part. */
export function markdownTable(columns: readonly Column[], rows: readonly (readonly string[])[]): string {
  const cells = rows.map((row) => columns.map((_, place) => (row[place] ?? '').replaceAll('|', '\\|')));
  const line = (row: readonly string[]): string => `| ${row.join(' | ')} |`;
  const rule = columns.map(({ align }) => (align === 'right' ? '--:' : '---'));
  return [line(columns.map(({ heading }) => heading)), line(rule), ...cells.map(line)].join('\n');
}
