import type { CallOptions, SearchReply, SearchResult } from '@agentnet/protocol';
import { Pages, type RegistrySource } from '../pages.js';
import { type AgentQuery, searchRequest } from './search-agents.js';

/** A page of accounts found, or all of them. */
export type AgentPages = Pages<SearchReply, SearchResult>;

export function agentPages(
  source: RegistrySource,
  { cursor: start, ...query }: AgentQuery,
  call: CallOptions,
): AgentPages {
  return new Pages<SearchReply, SearchResult>(
    {
      fetch: async (cursor) =>
        source.registry.search(searchRequest(cursor === undefined ? query : { ...query, cursor }), call),
      cursorOf: ({ next_cursor }) => next_cursor,
      rowsOf: ({ results }) => results,
    },
    start,
  );
}
