import {
  limits,
  nowTimestamp,
  Refusal,
  type ThreadMessagesReply,
  type ThreadMessagesRequest,
} from '@agentnet/protocol';
import type { RegistryDeps } from '../deps.js';
import { messagePage } from '../domain/message-page.js';
import { effectiveLimit } from '../domain/page.js';
import { messageCursor, readCursor } from '../domain/page-cursor.js';
import { findMessages } from '../store/find-messages.js';

type Deps = Pick<RegistryDeps, 'database' | 'now'>;

/** The messages of one thread, newest first. */
export async function threadMessages(deps: Deps, request: ThreadMessagesRequest): Promise<ThreadMessagesReply> {
  const threadId = request.thread_id.trim();
  if (threadId === '') throw new Refusal('field_required', 'thread_id');
  const limit = effectiveLimit(request.limit, limits.messagesLimitDefault, limits.messagesLimitMax);
  const before = readCursor(messageCursor, request);
  const found = await findMessages(deps.database, { filters: { thread_id: threadId }, before, count: limit + 1 });
  return {
    thread_id: threadId,
    limit,
    cursor: request.cursor ?? null,
    generated_at: nowTimestamp(deps.now()),
    ...messagePage(found, limit),
  };
}
