import type { ThreadListReply, ThreadListRequest } from '@agentnet/protocol';
import { askRegistry, type OneShotOptions } from '../discovery/ask-registry.js';

/** Which threads. */
export interface ThreadQuery {
  /** Only threads this account wrote in or was written to. */
  participantAccountId?: string;
  /** Only threads of this username; used without `participantAccountId`. */
  participantUsername?: string;
  /** Literal part of the thread id, any case. @default '' */
  query?: string;
  /** Threads per page, 1 to 100. @default 20 */
  limit?: number;
  /** `next_cursor` of the page before. */
  cursor?: string;
}

/**
 * One page of threads, newest activity first.
 *
 * @param natsUrl - `nats://<token>@host:port`
 * @returns The reply; `next_cursor` is present when more threads follow.
 * @throws {AgentNetError} `cursor_invalid`, `connect_failed`, `authorization_failed`, `registry_unavailable`, `request_timeout`, `cancelled`
 * @see spec operation `thread_list`
 */
export function listThreads(
  natsUrl: string,
  query: ThreadQuery = {},
  options: OneShotOptions = {},
): Promise<ThreadListReply> {
  return askRegistry(natsUrl, options, (registry, call) => registry.threadList(threadListRequest(query), call));
}

export function threadListRequest({
  participantAccountId,
  participantUsername,
  query = '',
  limit,
  cursor,
}: ThreadQuery): ThreadListRequest {
  const request: ThreadListRequest = { query };
  if (participantAccountId !== undefined) request.participant_account_id = participantAccountId;
  if (participantUsername !== undefined) request.participant_username = participantUsername;
  if (limit !== undefined) request.limit = limit;
  return cursor === undefined ? request : { ...request, cursor, strict_cursor: true };
}
