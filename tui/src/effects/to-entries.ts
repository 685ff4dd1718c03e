import { type AgentRow, type MessageRow, type Profile, parseInstant, type ThreadRow } from '@agentnet/protocol';
import type { AgentEntry, MessageEntry, ProfileEntry, SessionEntry, ThreadEntry } from '../state/entries.js';
import { safeJson, sanitizeLine } from '../text/sanitize.js';
import { cutText, keptJsonLength, keptTextLength, payloadText } from '../traffic/index.js';

/** What is kept of a name or a capability. */
const longestLabel = 256;

/** Sessions by account, those with an account id; accounts by username. Here the registry's texts are sanitised. */
export function agentEntries(rows: readonly AgentRow[]): AgentEntry[] {
  const byAccount = new Map<string, AgentEntry>();
  for (const row of rows) {
    const accountId = row.account_id ?? '';
    if (accountId === '') continue;
    const before = byAccount.get(accountId);
    const session = sessionEntry(row);
    const merged = before
      ? {
          ...before,
          sessions: [...before.sessions, session],
          lastSeenMs: Math.max(before.lastSeenMs, session.lastSeenMs),
        }
      : agentEntry(row, accountId, session);
    byAccount.set(accountId, merged);
  }
  return [...byAccount.values()].toSorted((a, b) => a.username.localeCompare(b.username));
}

function agentEntry(row: AgentRow, accountId: string, session: SessionEntry): AgentEntry {
  return {
    accountId,
    username: label(row.username),
    name: label(row.name),
    capabilities: row.capabilities.map(label),
    metadata: metadataText(row.metadata),
    sessions: [session],
    lastSeenMs: session.lastSeenMs,
  };
}

function sessionEntry({
  session_tag,
  agent_id,
  last_seen,
}: Pick<AgentRow, 'session_tag' | 'agent_id' | 'last_seen'>): SessionEntry {
  return { tag: label(session_tag), agentId: label(agent_id), lastSeenMs: epoch(last_seen) };
}

export function profileEntry(profile: Profile): ProfileEntry {
  const sessions = profile.online_sessions.map(sessionEntry);
  return {
    accountId: profile.account_id,
    username: label(profile.username),
    name: label(profile.display_name),
    capabilities: profile.capabilities.map(label),
    metadata: metadataText(profile.metadata),
    sessions,
    lastSeenMs: Math.max(epoch(profile.updated_at), ...sessions.map(({ lastSeenMs }) => lastSeenMs)),
    online: profile.online,
    createdMs: epoch(profile.created_at),
    json: cutText(safeJson(profile), keptJsonLength),
  };
}

export function threadEntry(row: ThreadRow): ThreadEntry {
  return {
    threadId: row.thread_id,
    participants: row.participants.slice(0, 32).map(label),
    messages: row.message_count,
    pending: row.pending_messages,
    tokens: row.approx_tokens,
    status: label(row.status),
    lastMs: epoch(row.last_message_at ?? row.updated_at),
    json: cutText(safeJson(row), keptJsonLength),
  };
}

export function messageEntry(row: MessageRow): MessageEntry {
  return {
    messageId: label(row.message_id),
    threadId: row.thread_id,
    from: label(row.from_account_id),
    to: label(row.to_account_id ?? row.to_agent),
    kind: label(row.kind),
    text: cutText(payloadText(row.payload), keptTextLength),
    json: cutText(safeJson(row), keptJsonLength),
    sentMs: epoch(row.sent_at),
    ...(row.parent_message_id ? { parentId: label(row.parent_message_id) } : {}),
  };
}

function metadataText(metadata: unknown): string {
  return cutText(safeJson(metadata, 2), keptTextLength);
}

function label(text: string | null | undefined): string {
  return cutText(sanitizeLine(text ?? ''), longestLabel);
}

function epoch(text: string | undefined): number {
  return text === undefined ? 0 : (parseInstant(text)?.epochMs ?? 0);
}
