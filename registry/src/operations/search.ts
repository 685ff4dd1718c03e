import { limits, type SearchReply, type SearchRequest } from '@agentnet/protocol';
import type { RegistryDeps } from '../deps.js';
import { cutPage, effectiveLimit } from '../domain/page.js';
import { encodeRowCursor, readRowCursor } from '../domain/row-cursor.js';
import { wireTime } from '../domain/wire-time.js';
import { onlineCutoffMs } from '../presence/online-cutoff.js';
import { searchAccounts } from '../store/search-accounts.js';

/** Accounts by part of their username or display name. */
export async function search(deps: RegistryDeps, request: SearchRequest): Promise<SearchReply> {
  const query = request.query ?? '';
  const capability = request.capability?.trim() || null;
  const online_only = request.online_only ?? false;
  const limit = effectiveLimit(request.limit, limits.searchLimitDefault, limits.searchLimitMax);
  const after = readRowCursor(request, ['number', 'string']) as [number, string] | undefined;
  await deps.presence.flush();
  const found = await searchAccounts(deps.database, {
    query: query.trim(),
    capability,
    onlineOnly: online_only,
    cutoffMs: onlineCutoffMs(deps),
    after,
    count: limit + 1,
  });
  const results = found.map((account) => ({ ...account, online: account.online_sessions > 0 }));
  const { rows, last } = cutPage(results, limit);
  const reply: SearchReply = {
    query,
    capability,
    limit,
    online_only,
    generated_at: wireTime(deps.now()),
    results: rows,
  };
  if (last) reply.next_cursor = encodeRowCursor([last.online_sessions, last.username]);
  return reply;
}
