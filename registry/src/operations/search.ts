import { limits, type SearchReply, type SearchRequest, type SearchResult } from '@agentnet/protocol';
import type { RegistryDeps } from '../deps.js';
import { cutPage, effectiveLimit } from '../domain/page.js';
import { encodeSearchCursor, readSearchCursor } from '../domain/search-cursor.js';
import { wireTime } from '../domain/wire-time.js';
import { onlineCutoffMs } from '../presence/online-cutoff.js';
import { type FoundAccount, searchAccounts } from '../store/search-accounts.js';

/** Accounts by part of their username or display name. */
export async function search(deps: RegistryDeps, request: SearchRequest): Promise<SearchReply> {
  const query = request.query ?? '';
  const capability = request.capability?.trim() || null;
  const online_only = request.online_only ?? false;
  const limit = effectiveLimit(request.limit, limits.searchLimitDefault, limits.searchLimitMax);
  const place = readSearchCursor(request);
  await deps.presence.flush();
  const { byPresence, byUsername } = await searchAccounts(deps.database, {
    query: query.trim(),
    capability,
    onlineOnly: online_only,
    cutoffMs: onlineCutoffMs(deps),
    place,
    count: limit + 1,
  });
  const { rows, last } = cutPage([...byPresence, ...byUsername].map(resultOf), limit);
  // Later pages follow usernames, and hold who came online meanwhile.
  const results = [...rows].sort(mostSessionsFirst);
  const reply: SearchReply = {
    query,
    capability,
    limit,
    online_only,
    generated_at: wireTime(deps.now()),
    results,
  };
  if (last) {
    const shown = byPresence.slice(0, rows.length).map(({ mark }) => mark);
    const after = rows.length > byPresence.length ? last.username : place.after;
    reply.next_cursor = encodeSearchCursor({ shown: [...place.shown, ...shown], after });
  }
  return reply;
}

function resultOf({ mark: _, ...account }: FoundAccount): SearchResult {
  return { ...account, online: account.online_sessions > 0 };
}

function mostSessionsFirst(a: SearchResult, b: SearchResult): number {
  return b.online_sessions - a.online_sessions || (a.username < b.username ? -1 : 1);
}
