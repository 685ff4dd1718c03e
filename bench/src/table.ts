import { median } from './measure.js';
import type { Result } from './run.js';

const headings = [
  'scenario',
  'load',
  'ours /s',
  'raw /s',
  'ratio /s',
  'ours p50 ms',
  'raw p50 ms',
  'ratio p50',
  'ours p99 ms',
  'raw p99 ms',
  'ratio p99',
];

/** A Markdown table: medians over the repetitions, ratios as the median of the pairs. */
export function table(results: readonly Result[]): string {
  const rows = results.map(({ scenario, name, kind, ours, raw, ratio }) => {
    const rate = (samples: typeof ours): string =>
      Math.round(median(samples.map((s) => s.perSecond))).toLocaleString('en');
    const ms = (samples: typeof ours, of: 'p50' | 'p99'): string =>
      kind === 'calls' ? median(samples.map((s) => s[of])).toFixed(2) : '';
    return [
      scenario,
      name,
      rate(ours),
      rate(raw),
      ratio.perSecond.toFixed(2),
      ms(ours, 'p50'),
      ms(raw, 'p50'),
      kind === 'calls' ? ratio.p50.toFixed(2) : '',
      ms(ours, 'p99'),
      ms(raw, 'p99'),
      kind === 'calls' ? ratio.p99.toFixed(2) : '',
    ];
  });
  const widths = headings.map((heading, column) =>
    Math.max(heading.length, ...rows.map((row) => row[column]?.length ?? 0)),
  );
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell, column) => (column < 2 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0))).join(' | ')} |`;
  const rule = `|${widths.map((width, column) => (column < 2 ? '-'.repeat(width + 2) : `${'-'.repeat(width + 1)}:`)).join('|')}|`;
  return [line(headings), rule, ...rows.map(line)].join('\n');
}
