import type { MessageSearchReply, MessageSearchRequest } from '@agentnet/protocol';
import { askRegistry, type OneShotOptions } from '../discovery/ask-registry.js';

/** Which messages; every filter is exact and optional. */
export interface MessageQuery {
  threadId?: string;
  fromAccountId?: string;
  toAccountId?: string;
  /** `direct`, `request`, `reply`, `error`, `system`, `stream` or any other text. */
  kind?: string;
  /** Only messages sent at or after this ISO 8601 instant. */
  fromTs?: string;
  /** Only messages sent at or before this ISO 8601 instant. */
  toTs?: string;
  /** Messages per page, 1 to 200. @default 50 */
  limit?: number;
  /** `next_cursor` of the page before. */
  cursor?: string;
}

/**
 * One page of messages of all threads, newest first.
 *
 * @param natsUrl - `nats://<token>@host:port`
 * @returns The reply; `next_cursor` is null on the last page.
 * @throws {AgentNetError} `from_ts_invalid`, `to_ts_invalid`, `cursor_invalid`, `connect_failed`, `authorization_failed`,
 * `registry_unavailable`, `request_timeout`, `cancelled`
 * @see spec operation `message_search`
 */
export function searchMessages(
  natsUrl: string,
  query: MessageQuery = {},
  options: OneShotOptions = {},
): Promise<MessageSearchReply> {
  return askRegistry(natsUrl, options, (registry, call) => registry.messageSearch(messageSearchRequest(query), call));
}

export function messageSearchRequest({
  threadId,
  fromAccountId,
  toAccountId,
  kind,
  fromTs,
  toTs,
  limit,
  cursor,
}: MessageQuery): MessageSearchRequest {
  const filters = {
    thread_id: threadId,
    from_account_id: fromAccountId,
    to_account_id: toAccountId,
    kind,
    from_ts: fromTs,
    to_ts: toTs,
    limit,
  };
  const given: MessageSearchRequest = Object.fromEntries(
    Object.entries(filters).filter(([, value]) => value !== undefined),
  );
  return cursor === undefined ? given : { ...given, cursor, strict_cursor: true };
}
