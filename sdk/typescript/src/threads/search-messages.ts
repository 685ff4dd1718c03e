import type { MessageSearchReply, MessageSearchRequest } from '@agentnet/protocol';
import { askRegistry, type OneShotOptions } from '../discovery/ask-registry.js';

/**
 * Which messages; every filter is optional. An older registry ignores those after `toTs`: `filters` of its reply lacks them.
 */
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
  /** Only messages whose payload holds all these words, in any order. */
  text?: string;
  /** Only messages from or to this account. */
  participantAccountId?: string;
  /** `received`, `accepted`, `processed` or `rejected`. */
  status?: string;
  traceId?: string;
  /** Only messages received at or after this ISO 8601 instant by the network's clock, which no sender can forge. */
  receivedFromTs?: string;
  /** Only messages received at or before this ISO 8601 instant by the network's clock. */
  receivedToTs?: string;
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
 * @throws {AgentNetError} `from_ts_invalid`, `to_ts_invalid`, `bad_request`, `cursor_invalid`, `connect_failed`, `authorization_failed`,
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
  text,
  participantAccountId,
  status,
  traceId,
  receivedFromTs,
  receivedToTs,
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
    text,
    participant_account_id: participantAccountId,
    status,
    trace_id: traceId,
    received_from_ts: receivedFromTs,
    received_to_ts: receivedToTs,
    limit,
  };
  const given: MessageSearchRequest = Object.fromEntries(
    Object.entries(filters).filter(([, value]) => value !== undefined),
  );
  return cursor === undefined ? given : { ...given, cursor, strict_cursor: true };
}
