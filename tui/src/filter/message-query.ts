import { is, nowTimestamp } from '@agentnet/protocol';
import type { MessageQuery } from '@agentnet/sdk';
import type { Filter, FilterField, FilterTerm } from './filter.js';
import { whenOf } from './parse-when.js';

/** The account id of a username without `@`; undefined when nobody has it. */
export type ResolveUsername = (username: string) => string | undefined;

type AskedField =
  | 'fromAccountId'
  | 'toAccountId'
  | 'kind'
  | 'threadId'
  | 'fromTs'
  | 'toTs'
  | 'participantAccountId'
  | 'status'
  | 'traceId';

/** A filter divided between the registry, which looks at exact fields, and the reader, who looks at the rest. */
export interface DividedFilter {
  /** What the registry can be asked for. */
  readonly query: Pick<MessageQuery, AskedField>;
  /** What is left to compare with each row. */
  readonly rest: Filter;
}

/** Turns as much of a filter as possible into fields of `registry.message_search`. */
export function divideFilter(
  filter: Filter,
  { resolve, nowMs }: { resolve: ResolveUsername; nowMs: number },
): DividedFilter {
  const query: { -readonly [name in keyof DividedFilter['query']]: string } = {};
  const rest: FilterTerm[] = [];
  for (const term of filter.terms) {
    const asked = askFor(term, resolve, nowMs);
    if (asked === undefined || asked.name in query) rest.push(term);
    else query[asked.name] = asked.value;
  }
  return { query, rest: { source: filter.source, terms: rest } };
}

/** The usernames, without `@`, that the filter names exactly. */
export function usernamesIn(filter: Filter): string[] {
  const words = filter.terms
    .filter(({ field }) => field === 'from' || field === 'to' || field === 'with')
    .flatMap(({ values }) => values.flatMap((value) => (value.type === 'word' ? [value.word] : [])));
  return [...new Set(words.filter((word) => /^@[^*]+$/.test(word)).map((word) => word.slice(1)))];
}

/** Ids of any other form might be meant without regard to case, which the registry does not do. */
const registryMade = /^acct_[0-9a-z]+$/;

const accountFields = { from: 'fromAccountId', to: 'toAccountId', with: 'participantAccountId' } as const;

interface Asked {
  readonly name: keyof DividedFilter['query'];
  readonly value: string;
}

function askFor({ field, negated, values }: FilterTerm, resolve: ResolveUsername, nowMs: number): Asked | undefined {
  const [value] = values;
  if (negated || values.length !== 1 || value === undefined) return undefined;
  if (field === 'since' || field === 'until') {
    return { name: field === 'since' ? 'fromTs' : 'toTs', value: nowTimestamp(whenOf(value, nowMs)) };
  }
  return value.type === 'word' ? askForWord(field, value.word, resolve) : undefined;
}

function askForWord(field: FilterField, word: string, resolve: ResolveUsername): Asked | undefined {
  if (field === 'thread' && !word.includes('*')) return { name: 'threadId', value: word };
  if (field === 'kind' && is('MessageKind', word)) return { name: 'kind', value: word };
  if (field === 'trace' && !word.includes('*')) return { name: 'traceId', value: word };
  if (field === 'status') return { name: 'status', value: word === 'sent' ? 'received' : word };
  if (field !== 'from' && field !== 'to' && field !== 'with') return undefined;
  const accountId = registryMade.test(word) ? word : word.startsWith('@') ? resolve(word.slice(1)) : undefined;
  return accountId === undefined ? undefined : { name: accountFields[field], value: accountId };
}
