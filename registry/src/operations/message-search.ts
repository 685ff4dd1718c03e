import {
  type ErrorCode,
  formatInstant,
  limits,
  type MessageSearchFilters,
  type MessageSearchReply,
  type MessageSearchRequest,
  nowTimestamp,
  parseInstant,
  Refusal,
} from '@agentnet/protocol';
import type { RegistryDeps } from '../deps.js';
import { messagePage } from '../domain/message-page.js';
import { effectiveLimit } from '../domain/page.js';
import { messageCursor, readCursor } from '../domain/page-cursor.js';
import { findMessages } from '../store/find-messages.js';

type Deps = Pick<RegistryDeps, 'database' | 'now'>;

/** Messages of all threads by exact filters, newest first. */
export async function messageSearch(deps: Deps, request: MessageSearchRequest): Promise<MessageSearchReply> {
  const filters: MessageSearchFilters = {
    thread_id: optionalText(request.thread_id),
    from_account_id: optionalText(request.from_account_id),
    to_account_id: optionalText(request.to_account_id),
    kind: optionalText(request.kind),
    from_ts: optionalText(request.from_ts),
    to_ts: optionalText(request.to_ts),
  };
  const bounds = {
    from_ts: readBound(filters.from_ts, 'from_ts_invalid'),
    to_ts: readBound(filters.to_ts, 'to_ts_invalid'),
  };
  const limit = effectiveLimit(request.limit, limits.messagesLimitDefault, limits.messagesLimitMax);
  const before = readCursor(messageCursor, request);
  const found = await findMessages(deps.database, { filters: { ...filters, ...bounds }, before, count: limit + 1 });
  return {
    filters,
    limit,
    cursor: request.cursor ?? null,
    generated_at: nowTimestamp(deps.now()),
    ...messagePage(found, limit),
  };
}

function optionalText(value: string | null | undefined): string | null {
  return value?.trim() || null;
}

function readBound(text: string | null, code: ErrorCode): string | null {
  if (text === null) return null;
  const instant = parseInstant(text);
  if (!instant) throw new Refusal(code, text);
  return formatInstant(instant);
}
