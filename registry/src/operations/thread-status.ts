import { nowTimestamp, Refusal, type ThreadStatusReply, type ThreadStatusRequest } from '@agentnet/protocol';
import type { RegistryDeps } from '../deps.js';
import { pendingMessages, threadStatusOf } from '../domain/thread-accounting.js';
import { threadLimits } from '../domain/thread-limits.js';
import { findThread } from '../store/threads.js';

type Deps = Pick<RegistryDeps, 'database' | 'config' | 'now'>;

/** Size and state of one thread. */
export async function threadStatus(deps: Deps, request: ThreadStatusRequest): Promise<ThreadStatusReply> {
  const threadId = request.thread_id.trim();
  if (threadId === '') throw new Refusal('field_required', 'thread_id');
  const { soft, hard, keepTail, charsPerToken } = threadLimits(deps.config, request);
  const thread = await findThread(deps.database, threadId);
  if (!thread) throw new Refusal('not_found', threadId);
  const pending = pendingMessages(thread);
  return {
    ...thread,
    status: threadStatusOf({ pending, tokens: thread.approx_tokens }, { soft, hard, keepTail }),
    pending_messages: pending,
    soft_limit_tokens: soft,
    hard_limit_tokens: hard,
    thread_keep_tail_messages: keepTail,
    token_estimate_chars_per_token: charsPerToken,
    generated_at: nowTimestamp(deps.now()),
  };
}
