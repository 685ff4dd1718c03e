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
  const request: ThreadMessagesRequest = { thread_id: threadId };
  if (limit !== undefined) request.limit = limit;
  const page = cursor === undefined ? request : { ...request, cursor, strict_cursor: true };
  return askRegistry(natsUrl, options, (registry, call) => registry.threadMessages(page, call));
}
