import stringWidth from 'string-width';

const graphemes = new Intl.Segmenter(undefined, { granularity: 'grapheme' });

/** Characters of one column and one code unit: letters, and the marks and lines the screens are made of. */
export const narrow = /^[ -~\u00a1-\u00ac\u00ae-\u02ff…→⟵⟶✓✗❯\u2500-\u25fc]*$/;

/** Terminal columns of a text without line breaks. */
export function textWidth(text: string): number {
  return narrow.test(text) ? text.length : stringWidth(text);
}

/** The characters a person sees, in order. */
export function* charactersOf(text: string): Generator<string> {
  for (const { segment } of graphemes.segment(text)) yield segment;
}

/** Cuts a text to a number of columns, never inside a character; what was cut ends in `…`. */
export function cut(text: string, width: number): string {
  if (width <= 0) return '';
  if (text.length <= width && textWidth(text) <= width) return text;
  // No character of sanitised text has more than this many code units, so what follows cannot be seen.
  const visible = text.slice(0, (width + 1) * 12);
  if (narrow.test(visible)) return visible.length <= width ? visible : `${visible.slice(0, width - 1)}…`;
  if (visible.length === text.length && textWidth(text) <= width) return text;
  let kept = '';
  let used = 0;
  for (const character of charactersOf(visible)) {
    used += textWidth(character);
    if (used > width - 1) break;
    kept += character;
  }
  return `${kept}…`;
}

/** Cuts or fills a text to exactly a number of columns. */
export function fit(text: string, width: number, align: 'left' | 'right' = 'left'): string {
  const short = cut(text, width);
  const blanks = ' '.repeat(Math.max(0, width - textWidth(short)));
  return align === 'right' ? blanks + short : short + blanks;
}

/** Breaks a text into lines of at most `width` columns, at blanks where there are any, and at its own line breaks. */
export function wrap(text: string, width: number): string[] {
  return text.split('\n').flatMap((line) => wrapLine(line, Math.max(1, width)));
}

function wrapLine(line: string, width: number): string[] {
  if (textWidth(line) <= width) return [line];
  const lines: string[] = [];
  let current = '';
  let used = 0;
  for (const piece of piecesOf(line, width)) {
    const needed = textWidth(piece.trimEnd());
    // A character wider than the whole screen cannot be shown.
    if (needed > width) continue;
    if (used > 0 && used + needed > width) {
      lines.push(current.trimEnd());
      current = '';
      used = 0;
    }
    current += piece;
    used += textWidth(piece);
  }
  return [...lines, current.trimEnd()];
}

/** Words with the blanks behind them; words longer than a line by character. */
function* piecesOf(line: string, width: number): Generator<string> {
  for (const word of line.split(/(?<= )(?! )/)) {
    if (textWidth(word.trimEnd()) > width) yield* charactersOf(word);
    else yield word;
  }
}
