import { type Line, span, type Tone } from '../layout/line.js';
import { fit, wrap } from '../layout/text-width.js';

/** Facts of one thing, a name and its value on each line; long values go on below. */
export function factLines(facts: readonly (readonly [string, string, Tone?])[], columns: number): Line[] {
  const width = Math.max(...facts.map(([name]) => name.length)) + 2;
  return facts.flatMap(([name, value, tone]) =>
    wrap(value, columns - width).map((text, index) => [
      span(fit(index === 0 ? name : '', width), 'dim'),
      span(text, tone),
    ]),
  );
}
