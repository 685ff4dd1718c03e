import { everything } from '../filter/index.js';
import type { Command } from '../keymap/keymap.js';
import { type Conversation, foldTraffic, type TrafficEvent } from '../traffic/index.js';
import { type AppState, bodyRows, type Step, step } from './app-state.js';
import { isMove, moveTo } from './chosen.js';
import { visibleConversations, type WatchState } from './watch-state.js';

/** What was heard since the last time. */
export function takeTraffic(state: AppState, events: readonly TrafficEvent[]): Step {
  const watch = { ...state.watch, traffic: foldTraffic(state.watch.traffic, events) };
  const { open } = state.threads;
  const isNews =
    open?.isFollowing &&
    !open.isLoading &&
    events.some((event) => event.type === 'message' && event.threadId === open.threadId);
  if (!isNews || !open) return step({ ...state, watch });
  const threads = { ...state.threads, open: { ...open, isLoading: true } };
  return step({ ...state, watch, threads }, { do: 'loadThread', threadId: open.threadId });
}

/** The conversations on the screen and the place of the chosen one among them. */
export function watchedRows({ watch, names, nowMs }: AppState): { rows: readonly Conversation[]; place: number } {
  const rows = visibleConversations(watch, names, nowMs);
  const found = watch.chosenKey === undefined ? -1 : rows.findIndex(({ key }) => key === watch.chosenKey);
  return { rows, place: found === -1 ? Math.max(0, rows.length - 1) : found };
}

export function chosenConversation(state: AppState): Conversation | undefined {
  const { rows, place } = watchedRows(state);
  return rows[place];
}

/** A key pressed on the Watch screen. */
export function actOnWatch(state: AppState, command: Command): Step {
  const { watch } = state;
  if (watch.open) return step(actOnConversation(state, watch.open, command));
  if (isMove(command)) return step({ ...state, watch: moved(state, command) });
  switch (command) {
    case 'open': {
      const chosen = chosenConversation(state);
      return step(chosen ? withWatch(state, { ...watch, open: { key: chosen.key, scroll: 0 } }) : state);
    }
    case 'follow':
      return step(withWatch(state, watch.paused ? following(watch) : paused(watch)));
    case 'faultsOnly':
      return step(withWatch(state, { ...watch, faultsOnly: !watch.faultsOnly }));
    case 'back':
      return step(withWatch(state, { ...watch, filter: everything, faultsOnly: false, search: '' }));
    case 'nextMatch':
    case 'previousMatch':
      return step(withWatch(state, toMatch(state, command === 'nextMatch' ? 1 : -1)));
    default:
      return step(state);
  }
}

/** Looks for text in what is listed, upwards from the chosen row, because the newest is below. */
export function searchWatch(state: AppState, search: string): AppState {
  const searching = withWatch(state, { ...state.watch, search });
  return withWatch(searching, toMatch(searching, 1));
}

function searchableText({ key, opening, replies, stream, fault }: Conversation): string {
  const said = [opening?.text, ...replies.map(({ text }) => text), stream?.text];
  return [key, opening?.threadId, opening?.kind, fault?.code, fault?.detail, ...said].join('\n').toLowerCase();
}

function toMatch(state: AppState, direction: 1 | -1): WatchState {
  const { watch } = state;
  const wanted = watch.search.toLowerCase();
  const { rows, place } = watchedRows(state);
  if (wanted === '') return watch;
  for (let distance = 1; distance <= rows.length; distance++) {
    const row = rows[(place - direction * distance + rows.length * 2) % rows.length];
    if (row && searchableText(row).includes(wanted)) return { ...paused(watch), chosenKey: row.key };
  }
  return watch;
}

/** Going up holds the list still, so that the chosen row does not run away; going to the end follows again. */
function moved(state: AppState, command: Command): WatchState {
  if (command === 'last') return following(state.watch);
  const { rows, place } = watchedRows(state);
  const next = rows[moveTo(command, { place, count: rows.length, page: bodyRows(state.size) - 1 })];
  return next ? { ...paused(state.watch), chosenKey: next.key } : state.watch;
}

function paused(watch: WatchState): WatchState {
  return { ...watch, paused: watch.paused ?? watch.traffic };
}

function following({ paused: _paused, chosenKey: _chosen, ...watch }: WatchState): WatchState {
  return watch;
}

function actOnConversation(state: AppState, open: NonNullable<WatchState['open']>, command: Command): AppState {
  const { watch } = state;
  if (command === 'back') {
    const { open: _closed, ...rest } = watch;
    return withWatch(state, rest);
  }
  if (!isMove(command)) return state;
  const scroll = moveTo(command, { place: open.scroll, count: state.scrollMost + 1, page: bodyRows(state.size) });
  return withWatch(state, { ...watch, open: { ...open, scroll } });
}

function withWatch(state: AppState, watch: WatchState): AppState {
  return { ...state, watch };
}
