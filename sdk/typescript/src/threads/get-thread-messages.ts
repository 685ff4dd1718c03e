import type { ThreadMessagesReply, ThreadMessagesRequest } from '@agentnet/protocol';
import { askRegistry, type OneShotOptions } from '../discovery/ask-registry.js';

/** Which page of a thread. */
export interface ThreadPage {
  /** Messages per page, 1 to 200; a page may be shorter when its messages are large. @default 50 */
  limit?: number;
  /** `next_cursor` of the page before. */
  cursor?: string;
}

/**
 * One page of a thread, newest first. The history lags the wire a little; an unknown thread has no messages.
 *
 * @param natsUrl - `nats://<token>@host:port`
 * @returns The reply; `next_cursor` is null on the last page.
 * @throws {AgentNetError} `cursor_invalid`, `connect_failed`, `authorization_failed`, `registry_unavailable`, `request_timeout`, `cancelled`
 * @see spec operation `thread_messages`
 */
export function getThreadMessages(
  natsUrl: string,
  threadId: string,
  { limit, cursor, ...options }: ThreadPage & OneShotOptions = {},
): Promise<ThreadMessagesReply> {
  const request = threadMessagesRequest(threadId, { limit, cursor });
  return askRegistry(natsUrl, options, (registry, call) => registry.threadMessages(request, call));
}

export function threadMessagesRequest(
  threadId: string,
  { limit, cursor }: { limit?: number | undefined; cursor?: string | undefined },
): ThreadMessagesRequest {
  const request: ThreadMessagesRequest = { thread_id: threadId };
  if (limit !== undefined) request.limit = limit;
  return cursor === undefined ? request : { ...request, cursor, strict_cursor: true };
}
