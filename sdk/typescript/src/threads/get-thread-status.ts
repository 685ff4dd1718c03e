import type { ThreadStatusReply } from '@agentnet/protocol';
import { askRegistry, type OneShotOptions } from '../discovery/ask-registry.js';

/**
 * Size and state of one thread.
 *
 * @param natsUrl - `nats://<token>@host:port`
 * @throws {AgentNetError} `not_found`, `connect_failed`, `authorization_failed`, `registry_unavailable`, `request_timeout`, `cancelled`
 * @see spec operation `thread_status`
 */
export function getThreadStatus(
  natsUrl: string,
  threadId: string,
  options: OneShotOptions = {},
): Promise<ThreadStatusReply> {
  return askRegistry(natsUrl, options, (registry, call) => registry.threadStatus({ thread_id: threadId }, call));
}
