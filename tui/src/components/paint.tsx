import { Transform } from 'ink';
import type { ReactElement } from 'react';
import { type Line, type Tone, textOf } from '../layout/line.js';

/** How each tone looks, as SGR codes. Without colour every tone still reads: marks and words say the same. */
const looks: Readonly<Record<Tone, readonly number[]>> = {
  plain: [],
  dim: [2],
  strong: [1],
  accent: [36],
  good: [32],
  warn: [33],
  bad: [31, 1],
  chosen: [1],
  alarm: [37, 41, 1],
};

/**
 * Paints lines that are already as wide as they may be.
 *
 * Ink remembers every text it has ever measured, which on a screen of live traffic has no end. So it measures blanks, one for each line,
 * and the lines take their place when it paints.
 */
export function Paint({ lines, isColoured }: { lines: readonly Line[]; isColoured: boolean }): ReactElement {
  const texts = lines.map((line) => (isColoured ? painted(line) : textOf(line)));
  return <Transform transform={(_blank, row) => texts[row] ?? ''}>{texts.map(() => ' ').join('\n')}</Transform>;
}

function painted(line: Line): string {
  let text = '';
  for (const span of line) {
    const codes = looks[span.tone];
    // Blanks look the same in every tone but on a bar.
    const isBare = codes.length === 0 || (span.tone !== 'alarm' && span.text.trim() === '');
    text += isBare ? span.text : `${codes.map((code) => `\u001b[${code}m`).join('')}${span.text}\u001b[0m`;
  }
  return text;
}
