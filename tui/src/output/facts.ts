import { sanitizeLine } from '../text/sanitize.js';

/** Lays out the facts of one thing, a line each, names aligned. */
export function renderFacts(facts: Readonly<Record<string, string>>): string {
  const width = Math.max(...Object.keys(facts).map((name) => name.length));
  return Object.entries(facts)
    .map(([name, value]) => `${name.padEnd(width)}  ${sanitizeLine(value)}`)
    .join('\n');
}
