import type { Finding, Verdict } from '../doctor/finding.js';
import type { Piece, Style } from './paint.js';

const marks: Readonly<Record<Verdict, { text: string; style: Style }>> = {
  ok: { text: '✓', style: 'green' },
  warning: { text: '!', style: 'yellow' },
  failure: { text: '✗', style: 'red' },
  unknown: { text: '?', style: 'grey' },
};

/** What was found, a line each, with what to do about it on the next. */
export function findingLines(findings: readonly Finding[]): Piece[][] {
  const width = Math.max(...findings.map(({ check }) => check.length));
  return findings.flatMap(({ check, verdict, detail, fix }): Piece[][] => [
    [marks[verdict], ` ${check.padEnd(width)}  ${detail}`],
    ...(fix === undefined ? [] : [[' '.repeat(width + 4), { text: fix, style: 'bold' } as const]]),
  ]);
}
