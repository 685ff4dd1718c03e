import { type Line, lineOf } from '../layout/line.js';
import { wrap } from '../layout/text-width.js';
import type { AppState } from '../state/app-state.js';
import type { Report } from '../state/report.js';

/** What was answered, and whether there is more of it. */
export function reportLines({ lines, isLoading, cursor, error }: Report, { size }: Pick<AppState, 'size'>): Line[] {
  const shown = lines.flatMap((line) => wrap(line, size.columns)).map((text) => lineOf(text));
  if (isLoading) return [...shown, lineOf('asking …', 'dim')];
  if (error !== undefined) return [...shown, ...wrap(error, size.columns).map((text) => lineOf(text, 'bad'))];
  return cursor === undefined ? shown : [...shown, lineOf('There is more: down at the end asks for it.', 'dim')];
}
