import { type AgentRow, type ListReply, type ListRequest, limits } from '@agentnet/protocol';
import type { RegistryDeps } from '../deps.js';
import { cutPage, effectiveLimit } from '../domain/page.js';
import { encodeRowCursor, readRowCursor } from '../domain/row-cursor.js';
import { wireTime } from '../domain/wire-time.js';
import { onlineCutoffMs } from '../presence/online-cutoff.js';
import { type ListedSession, listSessions } from '../store/sessions.js';

/** Online sessions by agent id, then session tag. */
export async function list(deps: RegistryDeps, request: ListRequest): Promise<ListReply> {
  const limit = effectiveLimit(request.limit, limits.listLimitDefault, limits.listLimitMax);
  const after = readRowCursor(request, ['string', 'string']) as [string, string] | undefined;
  await deps.presence.flush();
  const found = await listSessions(deps.database, { cutoffMs: onlineCutoffMs(deps), after, count: limit + 1 });
  const { rows, last } = cutPage(found.map(agentRow), limit);
  const reply: ListReply = { generated_at: wireTime(deps.now()), agents: rows };
  if (last) reply.next_cursor = encodeRowCursor([last.agent_id, last.session_tag ?? '']);
  return reply;
}

/** Absent rather than null: older clients take a null for a value. */
function agentRow({ account_id, username, ...session }: ListedSession): AgentRow {
  return { ...session, ...(account_id !== null && { account_id }), ...(username !== null && { username }) };
}
