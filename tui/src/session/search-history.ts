import { type MessageRow, type MessageSearchReply, ProtocolError, parseInstant } from '@agentnet/protocol';
import { findMessages, type MessageQuery } from '@agentnet/sdk';
import { connect, natsTransport, registryQueries } from '@agentnet/sdk/transport';
import type { StatusWord } from '../filter/filter-fields.js';
import {
  type DividedFilter,
  divideFilter,
  type Filter,
  type Filterable,
  matchesFilter,
  usernamesIn,
} from '../filter/index.js';
import { namesOf, type UsernameOf } from '../traffic/filterable.js';
import { payloadText } from '../traffic/payload-text.js';
import { AccountNames } from './account-names.js';
import type { NetworkOptions } from './network-options.js';

/** What is looked for. */
export interface HistorySearch {
  filter: Filter;
  /** What was typed field by field, which must not be in the filter, too; and where to go on. */
  query: MessageQuery;
  /** Most messages given back. */
  limit: number;
}

/** Pages looked through for messages that pass what the registry cannot compare; afterwards the cursor leads on. */
const maxPages = 50;

/**
 * Looks for recorded messages. What the registry can compare, it is asked for; the rest of the filter is compared here, page by page, so that a
 * page with few messages does not mean there are no more: `next_cursor` says.
 *
 * @throws {AgentNetError} what connecting fails with, and what the registry refuses
 */
export async function searchHistory(
  { natsUrl, wait: { signal, timeoutMs } }: NetworkOptions,
  { filter, query: typed, limit }: HistorySearch,
): Promise<MessageSearchReply> {
  requireRecorded(filter);
  const call = { signal, ...(timeoutMs === undefined ? {} : { timeoutMs }) };
  const connection = await connect({ url: natsUrl, name: 'agentnet-cli', maxReconnectAttempts: 0, ...call });
  try {
    const registry = registryQueries(natsTransport(connection));
    const names = new AccountNames();
    if (needsNames(filter)) await names.load(registry, usernamesIn(filter), signal);
    const nowMs = Date.now();
    const divided = divideFilter(filter, { resolve: names.accountOf, nowMs });
    const { cursor: start, ...query } = queryOf(divided, typed);
    const passes = (row: MessageRow) => matchesFilter(divided.rest, filterableRow(row, names.usernameOf), nowMs);
    const fetch: FetchPage = (at, size) =>
      findMessages(registry, { ...query, limit: size, ...(at === undefined ? {} : { cursor: at }) }, call);
    return await collect(fetch, { passes, limit, cursor: start });
  } finally {
    await connection.close();
  }
}

type FetchPage = (cursor: string | undefined, size: number) => Promise<MessageSearchReply>;

async function collect(
  fetch: FetchPage,
  { passes, limit, cursor }: { passes: (row: MessageRow) => boolean; limit: number; cursor: string | undefined },
): Promise<MessageSearchReply> {
  const messages: MessageRow[] = [];
  for (let at = cursor, page = 1; ; page++) {
    const reply = await fetch(at, limit);
    const fitting = reply.messages.flatMap((row, index) => (passes(row) ? [{ row, index }] : []));
    const last = fitting[limit - messages.length - 1];
    messages.push(...fitting.slice(0, limit - messages.length).map(({ row }) => row));
    const isLast = reply.next_cursor === null || page === maxPages;
    if (!last && !isLast) {
      at = reply.next_cursor ?? undefined;
      continue;
    }
    // The page goes on behind the last message given; asking for less of it gives the cursor that leads there.
    const isCut = last !== undefined && last.index < reply.messages.length - 1;
    const { next_cursor } = isCut ? await fetch(at, last.index + 1) : reply;
    return { ...reply, messages, next_cursor, cursor: cursor ?? null };
  }
}

function queryOf({ query }: DividedFilter, typed: MessageQuery): MessageQuery {
  const twice = Object.keys(query).find((name) => typed[name as keyof MessageQuery] !== undefined);
  if (twice === undefined) return { ...typed, ...query };
  const option = `--${twice.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
  throw new ProtocolError('invalid_option', `${option} is given both as an option and in the filter; give it once`);
}

/** Looking for what is never there would find nothing and seem to be an answer. */
function requireRecorded({ terms }: Filter): void {
  for (const { field, negated, values } of terms) {
    const words = values.flatMap((value) => (value.type === 'word' ? [value.word] : []));
    if (field === 'kind' && !negated && words.every((word) => word === 'receipt'))
      throw new ProtocolError(
        'invalid_option',
        'receipts are no messages of their own in the history; ask for the status of a message, as in status:rejected',
      );
    const live = field === 'status' ? words.find((word) => !recordedStatuses.has(word)) : undefined;
    if (live !== undefined)
      throw new ProtocolError(
        'invalid_option',
        `history knows no status ${live}, only ${[...recordedStatuses].join(', ')}; \`agentnet watch\` shows the others`,
      );
  }
}

/** What a filter calls the states of a recorded message; `sent` is a row that no receipt has reached. */
const recordedStatuses: ReadonlySet<string> = new Set<StatusWord>(['sent', 'accepted', 'processed', 'rejected']);

function needsNames({ terms }: Filter): boolean {
  return terms.some(({ field }) => field === 'from' || field === 'to' || field === 'with');
}

/** What filters see of a recorded message. */
export function filterableRow(row: MessageRow, usernameOf: UsernameOf): Filterable {
  const { from_account_id, to_account_id, to_agent, kind, thread_id, message_id, trace_id, payload, sent_at, status } =
    row;
  const capability = to_agent.startsWith('capability:') ? { capability: to_agent.slice('capability:'.length) } : {};
  const codes = [row.code, kind === 'error' ? codeOf(payload) : undefined];
  return {
    from: namesOf(from_account_id === null ? {} : { accountId: from_account_id }, usernameOf),
    to: namesOf({ ...(to_account_id === null ? {} : { accountId: to_account_id }), ...capability }, usernameOf),
    kinds: [kind],
    statuses: [status === 'received' ? 'sent' : status],
    codes: codes.filter((code) => code !== undefined),
    threadId: thread_id,
    ids: [message_id],
    traceId: trace_id ?? undefined,
    texts: [payloadText(payload)],
    atMs: parseInstant(sent_at)?.epochMs ?? 0,
    isFault: kind === 'error' || status === 'rejected',
  };
}

function codeOf(payload: MessageRow['payload']): string | undefined {
  const isObject = typeof payload === 'object' && payload !== null && !Array.isArray(payload);
  return isObject && typeof payload['error'] === 'string' ? payload['error'] : undefined;
}
