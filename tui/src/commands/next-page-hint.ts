import type { Terminal } from '../output/terminal.js';

/** Tells how to get the next page, on the error stream, so that a table stays a table when it is piped on. */
export function nextPageHint(terminal: Terminal, cursor: string | null | undefined): void {
  if (cursor) terminal.warn(`There is more: add --cursor ${cursor}`);
}
