import { type Line, span } from '../layout/line.js';
import { charactersOf, textWidth } from '../layout/text-width.js';
import type { Editor } from './text-editor.js';

const cursorMark = '▏';

/** Lays a text out with its cursor, in lines of at most `width` columns; the newest `height` lines around the cursor are given. */
export function editorLines({ text, cursor }: Editor, width: number, height: number): Line[] {
  const rows: string[] = [];
  let row = '';
  let used = 0;
  const put = (piece: string) => {
    const columns = textWidth(piece);
    if (used > 0 && used + columns > width) {
      rows.push(row);
      row = '';
      used = 0;
    }
    row += piece;
    used += columns;
  };
  const putAll = (part: string) => {
    for (const character of charactersOf(part)) {
      if (character === '\n') {
        rows.push(row);
        row = '';
        used = 0;
      } else put(character);
    }
  };
  putAll(text.slice(0, cursor));
  put(cursorMark);
  const cursorRow = rows.length;
  putAll(text.slice(cursor));
  rows.push(row);
  const start = Math.max(0, cursorRow - height + 1);
  return rows.slice(start, start + height).map(withCursor);
}

function withCursor(row: string): Line {
  const at = row.indexOf(cursorMark);
  if (at === -1) return [span(row)];
  return [span(row.slice(0, at)), span(cursorMark, 'accent'), span(row.slice(at + cursorMark.length))];
}
