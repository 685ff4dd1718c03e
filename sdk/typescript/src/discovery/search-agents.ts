import type { SearchReply, SearchRequest } from '@agentnet/protocol';
import { askRegistry, type OneShotOptions } from './ask-registry.js';

/** What to look for. */
export interface AgentQuery {
  /** Literal part of a username or display name, any case; empty matches all. @default '' */
  query?: string;
  /** Only agents that offer exactly this. */
  capability?: string;
  /** Only agents with a session online. @default false */
  onlineOnly?: boolean;
  /** Accounts per page, 1 to 100. @default 20 */
  limit?: number;
  /** `next_cursor` of the page before. */
  cursor?: string;
}

/**
 * One page of accounts, those with most online sessions first.
 *
 * @param natsUrl - `nats://<token>@host:port`
 * @returns The reply; `next_cursor` is present when more accounts follow.
 * @throws {AgentNetError} `cursor_invalid`, `connect_failed`, `authorization_failed`, `registry_unavailable`, `request_timeout`, `cancelled`
 * @see spec operation `search`
 */
export function searchAgents(
  natsUrl: string,
  query: AgentQuery = {},
  options: OneShotOptions = {},
): Promise<SearchReply> {
  return askRegistry(natsUrl, options, (registry, call) => registry.search(searchRequest(query), call));
}

export function searchRequest({
  query = '',
  capability,
  onlineOnly = false,
  limit,
  cursor,
}: AgentQuery): SearchRequest {
  const request: SearchRequest = { query, online_only: onlineOnly };
  if (capability !== undefined) request.capability = capability;
  if (limit !== undefined) request.limit = limit;
  return cursor === undefined ? request : { ...request, cursor, strict_cursor: true };
}
