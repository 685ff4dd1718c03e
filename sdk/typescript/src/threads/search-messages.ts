import type { CallOptions, MessageSearchReply, MessageSearchRequest, RegistryClient } from '@agentnet/protocol';
import { askRegistry, type OneShotOptions } from '../discovery/ask-registry.js';
import { ValidationError } from '../errors.js';

/** Which messages; every filter is optional. A registry that is too old for those after `toTs` makes the search fail. */
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
 * @throws {AgentNetError} `from_ts_invalid`, `to_ts_invalid`, `bad_request`, `cursor_invalid`, `filter_unsupported`, `connect_failed`,
 * `authorization_failed`, `registry_unavailable`, `request_timeout`, `cancelled`
 * @see spec operation `message_search`, rule `history.search.unused`
 */
export function searchMessages(
  natsUrl: string,
  query: MessageQuery = {},
  options: OneShotOptions = {},
): Promise<MessageSearchReply> {
  return askRegistry(natsUrl, options, (registry, call) => findMessages(registry, query, call));
}

/**
 * Likewise, of a registry that is connected already.
 *
 * @throws {AgentNetError} `filter_unsupported` when the registry is older than a filter of the query; what `registry.messageSearch` fails with
 * @see spec operation `message_search`, rule `history.search.unused`
 */
export async function findMessages(
  registry: Pick<RegistryClient, 'messageSearch'>,
  query: MessageQuery = {},
  call: CallOptions = {},
): Promise<MessageSearchReply> {
  const request = messageSearchRequest(query);
  const reply = await registry.messageSearch(request, call);
  requireUsed(request, reply.filters);
  return reply;
}

/** The filters of the protocol's first version are always repeated, so only later ones can be missing. */
function requireUsed(request: MessageSearchRequest, used: MessageSearchReply['filters']): void {
  const { limit: _limit, cursor: _cursor, strict_cursor: _strict, ...filters } = request;
  const ignored = Object.entries(filters).filter(([name, value]) => !(name in used) && String(value).trim() !== '');
  if (ignored.length === 0) return;
  const names = ignored.map(([name]) => name).join(', ');
  throw new ValidationError('filter_unsupported', `the registry is too old to look for messages by ${names}`);
}

function messageSearchRequest({
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
