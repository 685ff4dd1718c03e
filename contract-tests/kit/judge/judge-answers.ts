import { isDeepStrictEqual } from 'node:util';
import { check, limits, type RuleId } from '@agentnet/protocol';
import {
  asObject,
  type Conversation,
  type Heard,
  type Json,
  objectOf,
  operationOf,
  rowsOf,
  text,
} from './conversation.js';
import type { Found } from './finding.js';
import { epochMsOf } from './instants.js';
import type { Memory, StatedProfile } from './memory.js';
import { remember } from './remember.js';

/** What a registry answers, beside what the network has told it: values, order, pages, sessions. */
export function judgeAnswers({ heard, memory }: Conversation): Found[] {
  return heard.flatMap((one) => {
    const found = one.role === 'rpc reply' && one.request && one.json ? judgeReply(one, one.request, memory) : [];
    remember(one, memory);
    return found;
  });
}

function judgeReply(answer: Heard, request: NonNullable<Heard['request']>, memory: Memory): Found[] {
  const reply = answer.json ?? {};
  const operation = operationOf(request.subject);
  if (!operation || 'error' in reply) return [];
  const claims = claimsOf[operation]?.({ reply, asked: objectOf(request) ?? {}, memory }) ?? [];
  return claims
    .filter(({ holds }) => !holds)
    .map(({ rule, what, expected }) => ({ rule, frames: [request, answer.frame], what, expected }));
}

/** Something a reply has to fulfil. */
interface Claim {
  readonly rule: RuleId;
  readonly holds: boolean;
  readonly what: string;
  readonly expected: string;
}

interface Asked {
  readonly reply: Json;
  readonly asked: Json;
  readonly memory: Memory;
}

const claimsOf: Readonly<Record<string, (call: Asked) => Claim[]>> = {
  register: registration,
  list: ({ reply, memory }) => [
    ...order(rowsOf(reply['agents'])),
    ...rowsOf(reply['agents']).flatMap((row) => listed(row, reply, memory)),
  ],
  search: searchResults,
  profile: ({ reply, memory }) => {
    const profile = asObject(reply['profile']) ?? {};
    const sessions = rowsOf(profile['online_sessions']);
    return [
      ...sameValues(profile, memory.registered.get(text(profile['account_id']))),
      ...sessions.flatMap((session) => sameValues(session, memory.present.get(text(session['session_tag'])))),
    ];
  },
  thread_status: ({ reply }) => participants(reply),
  thread_list: ({ reply }) => rowsOf(reply['results']).flatMap(participants),
  thread_messages: (call) => [...messageRows(call, limits.messagesLimitDefault), ...cursor(call)],
  message_search: (call) => messageRows(call, limits.messagesLimitDefault),
};

function registration({ reply, asked, memory }: Asked): Claim[] {
  const { account_id: account, session_tag: tag, username } = reply;
  const isChosen = text(asked['account_id']) !== '' || memory.chosenAccounts.has(text(account));
  return [
    claim(
      'identity.account-id.form',
      isChosen || /^acct_[0-9a-hjkmnp-tv-z]{26}$/.test(text(account)),
      account,
      'acct_ and a lower-case ULID',
    ),
    claim('identity.session-tag.form', sessionTag.test(text(tag)), tag, '<server>_ and an upper-case ULID'),
    claim('identity.session.new', !memory.tags.has(text(tag)), tag, 'a tag that no session had before'),
    claim('identity.username.normalise', check('Username', username).length === 0, username, 'a normalised username'),
  ];
}

/** The tag of a session that a registry has opened. */
export const sessionTag = /^.+_[0-9A-HJKMNP-TV-Z]{26}$/;

function order(rows: readonly Json[]): Claim[] {
  const keys = rows.map((row) => `${text(row['agent_id'])}\u0000${text(row['session_tag'])}`);
  return [
    claim(
      'presence.list.order',
      isDeepStrictEqual(keys, [...keys].sort()),
      keys,
      'ordered by agent id and session tag',
    ),
  ];
}

function listed(row: Json, reply: Json, memory: Memory): Claim[] {
  const age = epochMsOf(reply['generated_at']) - epochMsOf(row['last_seen']);
  const isFresh = memory.ttlSeconds === undefined || Number.isNaN(age) || age <= memory.ttlSeconds * 1000 + ttlSlackMs;
  return [
    claim('presence.ttl', isFresh, `last seen ${age} ms ago`, `no session unheard of for ${memory.ttlSeconds} s`),
    ...sameValues(row, memory.present.get(text(row['session_tag']))),
  ];
}

const ttlSlackMs = 1000;

function searchResults({ reply, asked, memory }: Asked): Claim[] {
  const rows = rowsOf(reply['results']);
  const limit = asked['limit'] ?? 0;
  const effective =
    limit === 0
      ? limits.searchLimitDefault
      : Math.min(Math.max(Number(limit), limits.pageLimitMin), limits.searchLimitMax);
  const keys = rows.map((row) => [-Number(row['online_sessions']), text(row['username'])] as const);
  const isOrdered = keys.every(([count, name], index) => {
    const [before, nameBefore] = keys[index - 1] ?? [Number.NEGATIVE_INFINITY, ''];
    return before < count || (before === count && nameBefore <= name);
  });
  return [
    claim(
      'discovery.search.limit',
      !Number.isInteger(limit) || reply['limit'] === effective,
      reply['limit'],
      String(effective),
    ),
    claim(
      'discovery.search.limit',
      rows.length <= Number(reply['limit']),
      `${rows.length} results`,
      'no more than the limit',
    ),
    claim('discovery.search.order', isOrdered, keys, 'most online sessions first, then by username'),
    claim(
      'discovery.search.online-only',
      asked['online_only'] !== true || rows.every((row) => row['online'] === true),
      rows.length,
      'only accounts online',
    ),
    claim(
      'discovery.search.match',
      rows.every((row) => isMatch(row, asked['query'])),
      rows.map(({ username }) => username),
      `accounts whose name holds ${show(asked['query'])}`,
    ),
    ...rows.flatMap((row) => sameValues(row, memory.registered.get(text(row['account_id'])))),
  ];
}

function isMatch({ username, display_name: name }: Json, query: unknown): boolean {
  const wanted = text(query).trim().toLowerCase();
  return [username, name].some((value) => text(value).toLowerCase().includes(wanted));
}

function sameValues(row: Json, stated: StatedProfile | undefined): Claim[] {
  if (!stated) return [];
  return (['capabilities', 'metadata'] as const).map((name) =>
    claim(
      'discovery.types',
      isDeepStrictEqual(row[name], stated[name]),
      `${name} ${show(row[name])}`,
      show(stated[name]),
    ),
  );
}

function participants(thread: Json): Claim[] {
  const names = thread['participants'];
  const sender = thread['created_by_account_id'];
  const isNamed = typeof sender !== 'string' || !Array.isArray(names) || names.includes(sender);
  const pending = Math.max(0, Number(thread['message_count']) - Number(thread['latest_checkpoint_end']));
  return [
    claim(
      'thread.status.participants',
      isNamed,
      `participants ${show(names)}`,
      `${show(sender)} among them, who wrote the first message`,
    ),
    claim(
      'thread.checkpoint',
      Number.isNaN(pending) || thread['pending_messages'] === undefined || thread['pending_messages'] === pending,
      thread['pending_messages'],
      String(pending),
    ),
  ];
}

function messageRows({ reply, asked, memory }: Asked, byDefault: number): Claim[] {
  const rows = rowsOf(reply['messages']);
  const limit = Number.isInteger(asked['limit']) && asked['limit'] !== 0 ? Number(asked['limit']) : byDefault;
  const times = rows.map((row) => [epochMsOf(row['sent_at']), text(row['message_id'])] as const);
  const isOrdered = times.every(([at, id], index) => {
    const [before, idBefore] = times[index - 1] ?? [Number.POSITIVE_INFINITY, ''];
    return Number.isNaN(at) || Number.isNaN(before) || before > at || (before === at && idBefore > id);
  });
  return [
    claim('history.paging', isOrdered, times, 'newest first, each message once'),
    claim(
      'rpc.limit',
      rows.length <= Math.max(limit, limits.pageLimitMin),
      `${rows.length} messages`,
      `at most ${limit}`,
    ),
    ...payloads(rows, memory),
  ];
}

/** A payload is compared with what was published; where that was not heard, a page whose payloads are all JSON texts is told. */
function payloads(rows: readonly Json[], memory: Memory): Claim[] {
  const known = rows.filter((row) => memory.payloads.has(text(row['message_id'])));
  const unknown = rows.filter((row) => !known.includes(row));
  const isTextOnly = unknown.length > 0 && unknown.every(({ payload }) => isJsonText(payload));
  return [
    ...known.map(({ payload, message_id: id }) => {
      const sent = memory.payloads.get(text(id));
      return claim(
        'history.payload',
        isDeepStrictEqual(payload, sent),
        `payload ${show(payload)}`,
        `${show(sent)}, as it was sent`,
      );
    }),
    claim(
      'history.payload',
      !isTextOnly,
      `payload ${show(unknown[0]?.['payload'])}`,
      'the JSON value that was sent, not its text',
    ),
  ];
}

function isJsonText(payload: unknown): boolean {
  return typeof payload === 'string' && /^\s*[[{"]/.test(payload) && parses(payload);
}

function parses(json: string): boolean {
  try {
    JSON.parse(json);
    return true;
  } catch (cause) {
    if (cause instanceof SyntaxError) return false;
    throw cause;
  }
}

function cursor({ reply, asked }: Asked): Claim[] {
  const next = reply['next_cursor'];
  const last = rowsOf(reply['messages']).at(-1);
  const content = JSON.stringify({ message_id: last?.['message_id'], sent_at: last?.['sent_at'] });
  const wanted = Buffer.from(content).toString('base64url');
  const isGood = typeof next !== 'string' || next.replace(/=+$/, '') === wanted;
  return [
    claim('history.cursor.format', isGood, next, `the place of the last message, ${content}`),
    claim(
      'rpc.cursor.bad',
      typeof asked['cursor'] !== 'string' || reply['cursor'] === asked['cursor'],
      reply['cursor'],
      'the cursor that was sent',
    ),
  ];
}

function claim(rule: RuleId, holds: boolean, observed: unknown, expected: string): Claim {
  return { rule, holds, what: typeof observed === 'string' ? observed : show(observed), expected };
}

function show(value: unknown): string {
  return (JSON.stringify(value) ?? String(value)).slice(0, 300);
}
