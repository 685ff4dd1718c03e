import { Box, Text } from 'ink';
import { memo, type ReactElement } from 'react';
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

/** Paints lines that are already as wide as they may be. */
export function Paint({ lines, isColoured }: { lines: readonly Line[]; isColoured: boolean }): ReactElement {
  return (
    <Box flexDirection="column">
      {lines.map((line, row) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a line is its place on the screen
        <PaintedLine key={row} painted={isColoured ? painted(line) : textOf(line)} />
      ))}
    </Box>
  );
}

/** One text for the whole line: a node for each span costs more than everything else that is done between two paintings. */
const PaintedLine = memo(function PaintedLine({ painted }: { painted: string }): ReactElement {
  // An empty text has no height; the line must keep its place.
  return <Text wrap="truncate-end">{painted.trim() === '' ? ' ' : painted}</Text>;
});

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
