import type { MessageKind } from '@agentnet/protocol';
import type { FilterField } from './filter.js';

/** What a person reads about one field; help texts and completion are made from this. */
export interface FilterFieldFacts {
  readonly example: string;
  readonly text: string;
  /** The words that mean something here; others are compared all the same unless `closed`. */
  readonly words?: readonly string[];
  /** Only `words` are allowed. */
  readonly closed?: boolean;
}

const kinds = ['direct', 'request', 'reply', 'error', 'system', 'stream'] as const satisfies readonly MessageKind[];

/** Every state a conversation or a single receipt can be filtered by. */
export const statusWords = ['sent', 'accepted', 'processed', 'rejected', 'streaming', 'replied', 'failed'] as const;

export type StatusWord = (typeof statusWords)[number];

export const filterFields: Readonly<Record<FilterField, FilterFieldFacts>> = {
  from: { example: 'from:@a', text: 'sender: @username, account id or role label; * stands for any characters' },
  to: { example: 'to:@b', text: 'addressee: @username, account id or capability:<name>' },
  with: { example: 'with:@a', text: 'sender or addressee' },
  kind: { example: 'kind:request', text: 'kind of message, or receipt', words: [...kinds, 'receipt'] },
  status: { example: 'status:rejected', text: 'state of delivery', words: statusWords, closed: true },
  code: { example: 'code:busy', text: 'error code of a rejection or an error reply' },
  thread: { example: 'thread:ops_1', text: 'thread id' },
  id: { example: 'id:3f2a*', text: 'message id' },
  trace: { example: 'trace:3f2a*', text: 'trace id' },
  text: { example: 'text:"two words"', text: 'part of the payload, any case; a word without field means the same' },
  since: { example: 'since:5m', text: 'not older than 90s, 5m, 2h or 1d, or not before an ISO 8601 instant' },
  until: { example: 'until:1m', text: 'at least that old, or not after an ISO 8601 instant' },
  is: { example: 'is:fault', text: 'rejections, error replies and broken streams', words: ['fault'], closed: true },
};

export function isFilterField(text: string): text is FilterField {
  return Object.hasOwn(filterFields, text);
}
