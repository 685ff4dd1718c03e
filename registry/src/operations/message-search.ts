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
import { wordsOf } from '../domain/words.js';
import { findMessages } from '../store/find-messages.js';
import { type DeliveryStatus, deliveryStatuses } from '../store/message-choice.js';

type Deps = Pick<RegistryDeps, 'database' | 'now'>;

const laterFilters = [
  'text',
  'participant_account_id',
  'trace_id',
  'status',
  'received_from_ts',
  'received_to_ts',
] as const;

const boundCodes = {
  from_ts: 'from_ts_invalid',
  to_ts: 'to_ts_invalid',
  received_from_ts: 'bad_request',
  received_to_ts: 'bad_request',
} as const satisfies Partial<Record<keyof MessageSearchFilters, ErrorCode>>;

type Bound = keyof typeof boundCodes;

/** Messages of all threads, newest first. */
export async function messageSearch(deps: Deps, request: MessageSearchRequest): Promise<MessageSearchReply> {
  const filters = readFilters(request);
  const { text, participant_account_id, status, ...exact } = filters;
  const bounds = Object.fromEntries(
    Object.entries(boundCodes).map(([name, code]) => [name, readBound(name as Bound, exact[name as Bound], code)]),
  );
  const limit = effectiveLimit(request.limit, limits.messagesLimitDefault, limits.messagesLimitMax);
  const before = readCursor(messageCursor, request);
  const found = await findMessages(deps.database, {
    filters: { ...exact, ...bounds },
    participant: participant_account_id ?? null,
    words: readWords(text),
    status: readStatus(status),
    before,
    count: limit + 1,
  });
  return {
    filters,
    limit,
    cursor: request.cursor ?? null,
    generated_at: nowTimestamp(deps.now()),
    ...messagePage(found, limit),
  };
}

/** The protocol's first version echoes six filters, null when absent; those it does not know are echoed when asked for. */
function readFilters(request: MessageSearchRequest): MessageSearchFilters {
  const filters: MessageSearchFilters = {
    thread_id: optionalText(request.thread_id),
    from_account_id: optionalText(request.from_account_id),
    to_account_id: optionalText(request.to_account_id),
    kind: optionalText(request.kind),
    from_ts: optionalText(request.from_ts),
    to_ts: optionalText(request.to_ts),
  };
  for (const name of laterFilters) {
    const value = optionalText(request[name]);
    if (value !== null) filters[name] = value;
  }
  return filters;
}

function optionalText(value: string | null | undefined): string | null {
  return value?.trim() || null;
}

function readWords(text: string | null | undefined): string[] {
  if (text == null) return [];
  const words = wordsOf(text);
  if (words.length === 0) throw new Refusal('bad_request', '/text must hold a letter or a digit');
  return words;
}

function readStatus(text: string | null | undefined): DeliveryStatus | null {
  if (text == null) return null;
  const status = deliveryStatuses.find((one) => one === text);
  if (status === undefined) throw new Refusal('bad_request', `/status must be one of ${deliveryStatuses.join(', ')}`);
  return status;
}

function readBound(name: Bound, text: string | null | undefined, code: ErrorCode): string | null {
  if (text == null) return null;
  const instant = parseInstant(text);
  if (!instant) throw new Refusal(code, `/${name} must be a timestamp, got ${text}`);
  return formatInstant(instant);
}
