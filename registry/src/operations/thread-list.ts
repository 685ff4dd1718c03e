import { limits, nowTimestamp, type ThreadListReply, type ThreadListRequest, type ThreadRow } from '@agentnet/protocol';
import type { RegistryDeps } from '../deps.js';
import { cutPage, effectiveLimit } from '../domain/page.js';
import { encodeCursor, readCursor, threadCursor } from '../domain/page-cursor.js';
import { pendingMessages, threadStatusOf } from '../domain/thread-accounting.js';
import { type ThreadLimits, threadLimits } from '../domain/thread-limits.js';
import { normalizeUsername } from '../domain/username.js';
import { findAccountIdByUsername } from '../store/accounts.js';
import { listThreads, type ThreadRecord } from '../store/threads.js';

type Deps = Pick<RegistryDeps, 'database' | 'config' | 'now'>;

/** Threads, newest activity first. */
export async function threadList(deps: Deps, request: ThreadListRequest): Promise<ThreadListReply> {
  const before = readCursor(threadCursor, request);
  const limit = effectiveLimit(request.limit, limits.threadListLimitDefault, limits.threadListLimitMax);
  const participant = await findParticipant(deps, request);
  const query = (request.query ?? '').trim();
  const head = {
    query,
    limit,
    participant_account_id: participant.accountId,
    participant_username: participant.username,
    generated_at: nowTimestamp(deps.now()),
  };
  if (participant.isUnknown) return { ...head, results: [] };
  const tokens = threadLimits(deps.config, request);
  const page = { participant: participant.accountId, query, before, count: limit + 1 };
  const threads = await listThreads(deps.database, page);
  const { rows, last } = cutPage(
    threads.map((thread) => toRow(thread, tokens)),
    limit,
  );
  return {
    ...head,
    soft_limit_tokens: tokens.soft,
    hard_limit_tokens: tokens.hard,
    token_estimate_chars_per_token: tokens.charsPerToken,
    results: rows,
    ...(last && { next_cursor: encodeCursor(threadCursor, { id: last.thread_id, time: last.last_message_at ?? '' }) }),
  };
}

interface Participant {
  readonly accountId: string | null;
  readonly username: string | null;
  /** A username was asked for that nobody has. */
  readonly isUnknown: boolean;
}

/** The id wins; a username alone is looked up. */
async function findParticipant({ database }: Deps, request: ThreadListRequest): Promise<Participant> {
  const asked = request.participant_account_id?.trim() || null;
  const text = request.participant_username?.trim() || null;
  const username = text === null ? null : normalizeUsername(text);
  if (asked !== null || username === null) return { accountId: asked, username, isUnknown: false };
  const found = await findAccountIdByUsername(database, username);
  return { accountId: found ?? null, username, isUnknown: found === undefined };
}

function toRow(thread: ThreadRecord, tokens: ThreadLimits): ThreadRow {
  const pending = pendingMessages(thread);
  return {
    ...thread,
    status: threadStatusOf({ pending, tokens: thread.approx_tokens }, tokens),
    pending_messages: pending,
  };
}
