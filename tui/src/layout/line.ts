import { sanitizeLine } from '../text/sanitize.js';
import { cut, textWidth } from './text-width.js';

/** What a piece of text means; `components/paint.tsx` knows how each tone looks. */
export type Tone = 'plain' | 'dim' | 'strong' | 'accent' | 'good' | 'warn' | 'bad' | 'chosen' | 'alarm';

/** A piece of one line. */
export interface Span {
  readonly text: string;
  readonly tone: Tone;
}

/** One line of the screen. */
export type Line = readonly Span[];

export const emptyLine: Line = [];

export function span(text: string, tone: Tone = 'plain'): Span {
  return { text, tone };
}

/** A line of one tone. */
export function lineOf(text: string, tone: Tone = 'plain'): Line {
  return [span(text, tone)];
}

export function lineWidth(line: Line): number {
  return line.reduce((sum, { text }) => sum + textWidth(text), 0);
}

/** The line as text. */
export function textOf(line: Line): string {
  return line.map(({ text }) => text).join('');
}

/**
 * Cuts a line to a number of columns. Text was sanitised where it came in; it is looked at once more here, because a
 * slip elsewhere must not reach the terminal and the width is only right for harmless text.
 */
export function fitLine(line: Line, columns: number): Line {
  const fitted: Span[] = [];
  let left = columns;
  for (const { text, tone } of line) {
    if (left <= 0) break;
    const short = cut(sanitizeLine(text), left);
    if (short === '') continue;
    fitted.push({ text: short, tone });
    left -= textWidth(short);
  }
  return fitted;
}

/** Puts one line at the left and another at the right edge; the left one gives way. */
export function spread(left: Line, right: Line, columns: number): Line {
  const room = columns - lineWidth(right);
  if (room < 1) return fitLine(right, columns);
  const fitted = fitLine(left, Math.max(0, room - 1));
  return [...fitted, span(' '.repeat(room - lineWidth(fitted))), ...right];
}

/** Fills a line with blanks to the right edge, in one tone: bars and chosen rows. */
export function fillLine(line: Line, columns: number, tone: Tone): Line {
  const fitted = fitLine(line, columns);
  return [...fitted, span(' '.repeat(Math.max(0, columns - lineWidth(fitted))), tone)];
}
