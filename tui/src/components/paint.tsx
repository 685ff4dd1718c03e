import { Box, Text, type TextProps } from 'ink';
import type { ReactElement } from 'react';
import { type Line, type Span, type Tone, textOf } from '../layout/line.js';

/** How each tone looks. Without colour every tone still reads: marks and words say the same. */
const looks: Readonly<Record<Tone, TextProps>> = {
  plain: {},
  dim: { dimColor: true },
  strong: { bold: true },
  accent: { color: 'cyan' },
  good: { color: 'green' },
  warn: { color: 'yellow' },
  bad: { color: 'red', bold: true },
  chosen: { bold: true },
  alarm: { color: 'white', backgroundColor: 'red', bold: true },
};

/** Paints lines that are already as wide as they may be. */
export function Paint({ lines }: { lines: readonly Line[] }): ReactElement {
  return (
    <Box flexDirection="column">
      {lines.map((line, row) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a line is its place on the screen
        <PaintedLine key={row} line={line} />
      ))}
    </Box>
  );
}

function PaintedLine({ line }: { line: Line }): ReactElement {
  // An empty text has no height; the line must keep its place.
  if (textOf(line).trim() === '') return <Text> </Text>;
  return (
    <Text wrap="truncate-end">
      {line.map((span, place) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a span is its place in the line
        <PaintedSpan key={place} span={span} />
      ))}
    </Text>
  );
}

function PaintedSpan({ span: { text, tone } }: { span: Span }): ReactElement {
  return <Text {...looks[tone]}>{text}</Text>;
}
