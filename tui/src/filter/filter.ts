/** What a term looks at. */
export type FilterField =
  | 'from'
  | 'to'
  | 'with'
  | 'kind'
  | 'status'
  | 'code'
  | 'thread'
  | 'id'
  | 'trace'
  | 'text'
  | 'since'
  | 'until'
  | 'is';

/** One value of a term, read: a word to compare (in lower case, except in ids), or for `since` and `until` an instant or an age. */
export type FilterValue =
  | { readonly type: 'word'; readonly word: string }
  | { readonly type: 'instant'; readonly epochMs: number }
  | { readonly type: 'age'; readonly ms: number };

/** One condition. It holds when one of its values fits; negated, when none does. */
export interface FilterTerm {
  readonly field: FilterField;
  readonly negated: boolean;
  readonly values: readonly FilterValue[];
}

/** A filter: every term must hold. Without terms it lets everything pass. */
export interface Filter {
  /** As typed. */
  readonly source: string;
  readonly terms: readonly FilterTerm[];
}

/** The filter that lets everything pass. */
export const everything: Filter = { source: '', terms: [] };

/** The part of a piece of traffic, or of history, that filters look at. Several values mean that any of them counts. */
export interface Filterable {
  /** Every name of the sender: account id, `@username`, role label. */
  readonly from: readonly string[];
  /** Every name of the addressee: account id, `@username`, `capability:<name>`. */
  readonly to: readonly string[];
  readonly kinds: readonly string[];
  /** States of delivery, such as `accepted` or `rejected`. */
  readonly statuses: readonly string[];
  /** Error codes of rejections and error replies. */
  readonly codes: readonly string[];
  readonly threadId: string | undefined;
  readonly ids: readonly string[];
  readonly traceId: string | undefined;
  /** What was said, for people. */
  readonly texts: readonly string[];
  readonly atMs: number;
  /** Whether something went wrong. */
  readonly isFault: boolean;
}
