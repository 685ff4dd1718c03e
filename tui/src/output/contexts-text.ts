import type { Contexts, NamedContext } from '../session/contexts.js';
import { shownNatsUrl } from '../session/nats-address.js';
import { type Column, renderTable } from './table.js';

/** A context as it is shown: without its token. */
export type ShownContext = NamedContext & { name: string; current: boolean };

const contextColumns: Column<ShownContext>[] = [
  { title: '', cell: ({ current }) => (current ? '*' : '') },
  { title: 'NAME', cell: ({ name }) => name },
  { title: 'ADDRESS', cell: ({ nats_url }) => nats_url, maxWidth: 80 },
  { title: 'COLOUR', cell: ({ colour }) => colour },
  { title: 'PRODUCTION', cell: ({ production }) => (production ? 'yes' : '') },
];

/** Contexts as they are shown. */
export function shownContexts({ current, contexts }: Contexts): ShownContext[] {
  return Object.entries(contexts).map(([name, { nats_url, ...rest }]) => ({
    name,
    nats_url: shownNatsUrl(nats_url),
    ...rest,
    current: name === current,
  }));
}

/** Contexts for people; the current one has a star. */
export function contextsText(rows: readonly ShownContext[], columns?: number): string {
  if (rows.length === 0) return 'There are no contexts; `agentnet contexts add` makes one.';
  return renderTable(contextColumns, rows, columns);
}
