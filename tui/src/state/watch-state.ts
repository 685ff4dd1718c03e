import { everything, type Filter, matchesFilter } from '../filter/index.js';
import { type Conversation, emptyTraffic, filterableConversation, type TrafficState } from '../traffic/index.js';

/** The Watch screen. */
export interface WatchState {
  /** Everything heard, as far as it is kept. */
  readonly traffic: TrafficState;
  /** What was there when the operator paused; absent while following. */
  readonly paused?: TrafficState;
  readonly filter: Filter;
  readonly faultsOnly: boolean;
  readonly search: string;
  /** Key of the chosen conversation; absent means the newest. */
  readonly chosenKey?: string;
  readonly open?: { readonly key: string; readonly scroll: number };
}

/** Enough for a person to page through, little enough to copy ten times a second. */
const conversations = 3000;

export const noTraffic: WatchState = {
  traffic: emptyTraffic({ conversations }),
  filter: everything,
  faultsOnly: false,
  search: '',
};

/** What decides over the rows. */
type RowsOf = Pick<WatchState, 'traffic' | 'paused' | 'filter' | 'faultsOnly'>;

/** Conversations never change, so each is compared with a filter once. A filter with ages depends on the time and is not remembered. */
const remembered = new WeakMap<Filter, WeakMap<ReadonlyMap<string, string>, WeakMap<Conversation, boolean>>>();

/** The conversations to show, oldest first. */
export function visibleConversations(
  watch: RowsOf,
  names: ReadonlyMap<string, string>,
  nowMs: number,
): readonly Conversation[] {
  const { traffic, paused, filter, faultsOnly } = watch;
  const all = [...(paused ?? traffic).conversations.values()];
  const some = faultsOnly ? all.filter(({ fault }) => fault !== undefined) : all;
  if (filter.terms.length === 0) return some;
  const usernameOf = (accountId: string) => names.get(accountId);
  const decide = (conversation: Conversation) =>
    matchesFilter(filter, filterableConversation(conversation, usernameOf), nowMs);
  if (filter.terms.some(({ field }) => field === 'since' || field === 'until')) return some.filter(decide);
  const known = decisionsOf(filter, names);
  return some.filter((conversation) => {
    const before = known.get(conversation);
    if (before !== undefined) return before;
    const fits = decide(conversation);
    known.set(conversation, fits);
    return fits;
  });
}

function decisionsOf(filter: Filter, names: ReadonlyMap<string, string>): WeakMap<Conversation, boolean> {
  const byNames = remembered.get(filter) ?? new WeakMap();
  remembered.set(filter, byNames);
  const known = byNames.get(names) ?? new WeakMap<Conversation, boolean>();
  byNames.set(names, known);
  return known;
}

/** Conversations that began since the operator paused. */
export function newSincePause({ traffic, paused }: WatchState): number {
  return paused ? traffic.nextOrder - paused.nextOrder : 0;
}

/** A conversation by its key, as it is now; as it was when it is no longer kept. */
export function conversationOf({ traffic, paused }: WatchState, key: string): Conversation | undefined {
  return traffic.conversations.get(key) ?? paused?.conversations.get(key);
}
