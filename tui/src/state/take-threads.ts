import type { Command } from '../keymap/keymap.js';
import type { Action } from './action.js';
import { type AppState, bodyRows, type Step, step } from './app-state.js';
import { isMove, moveTo, placeOf } from './chosen.js';
import type { MessageEntry } from './entries.js';
import { actOnThread } from './take-thread.js';
import {
  chosenThread,
  emptyThread,
  type OpenThread,
  openThreadMost,
  type ThreadsState,
  threadsMost,
} from './threads-state.js';

type ThreadsAction = Extract<Action, { type: 'threadsLoaded' | 'threadsFailed' | 'threadLoaded' | 'threadFailed' }>;

/** What the registry told about threads. */
export function takeThreads(state: AppState, action: ThreadsAction): AppState {
  const { threads, nowMs } = state;
  switch (action.type) {
    case 'threadsLoaded':
      if (action.filter !== threads.filter) return state;
      return { ...state, registry: { answeredMs: nowMs }, threads: takePage(threads, action, nowMs) };
    case 'threadsFailed':
      return failed(state, { ...threads, isLoading: false, error: action.error }, action.error);
    case 'threadLoaded': {
      const { open } = threads;
      if (open?.threadId !== action.threadId) return state;
      return {
        ...state,
        registry: { answeredMs: nowMs },
        threads: { ...threads, open: { ...takeMessages(open, action), loadedMs: nowMs } },
      };
    }
    case 'threadFailed': {
      const { open } = threads;
      if (open?.threadId !== action.threadId) return state;
      return failed(
        state,
        { ...threads, open: { ...open, isLoading: false, loadedMs: nowMs, error: action.error } },
        action.error,
      );
    }
  }
}

function failed(state: AppState, threads: ThreadsState, error: string): AppState {
  return { ...state, threads, registry: { ...state.registry, error } };
}

type ThreadsPage = Extract<Action, { type: 'threadsLoaded' }>;

/** The first page replaces the list, others go behind it; a thread that moved up meanwhile is not shown twice. */
function takePage(threads: ThreadsState, { rows, cursor, isFirstPage }: ThreadsPage, nowMs: number): ThreadsState {
  const { error: _error, cursor: _cursor, ...rest } = threads;
  const before = isFirstPage ? [] : threads.rows;
  const known = new Set(before.map(({ threadId }) => threadId));
  const all = [...before, ...rows.filter(({ threadId }) => !known.has(threadId))].slice(0, threadsMost);
  const more = cursor !== undefined && all.length < threadsMost ? { cursor } : {};
  return { ...rest, ...more, rows: all, isLoading: false, loadedMs: nowMs };
}

type MessagesPage = Extract<Action, { type: 'threadLoaded' }>;

function takeMessages(open: OpenThread, { rows, cursor, isNewest }: MessagesPage): OpenThread {
  const { error: _error, ...rest } = open;
  const known = new Set(open.messages.map(({ messageId }) => messageId));
  const fresh = rows.filter(({ messageId }) => !known.has(messageId));
  const chosen = open.messages[open.place];
  const messages = [...open.messages, ...fresh].toSorted(byTime).slice(-openThreadMost);
  const last = messages.length - 1;
  const kept = chosen ? messages.findIndex(({ messageId }) => messageId === chosen.messageId) : last;
  const place = open.isFollowing ? last : kept;
  const { cursor: before, ...without } = rest;
  // A look at the newest page says nothing about where the oldest one we have ends, unless it is the first look.
  const next = isNewest && open.messages.length > 0 ? before : cursor;
  return {
    ...without,
    ...(next === undefined ? {} : { cursor: next }),
    messages,
    isLoading: false,
    place: Math.max(0, place),
  };
}

function byTime(a: MessageEntry, b: MessageEntry): number {
  return a.sentMs - b.sentMs || (a.messageId < b.messageId ? -1 : 1);
}

/** A key pressed on the Threads screen. */
export function actOnThreads(state: AppState, command: Command): Step {
  const { threads } = state;
  if (threads.open) return actOnThread(state, threads.open, command);
  if (isMove(command)) return moveInList(state, command);
  switch (command) {
    case 'open': {
      const chosen = chosenThread(threads);
      return chosen ? openThread(state, chosen.threadId) : step(state);
    }
    case 'back':
      return threads.filter === '' ? step(state) : filterThreads(state, '');
    case 'refresh':
      return filterThreads(state, threads.filter);
    default:
      return step(state);
  }
}

/** Shows the threads that fit: part of the id, or `@username` of a participant. */
export function filterThreads(state: AppState, filter: string): Step {
  const threads: ThreadsState = { ...state.threads, filter, isLoading: true };
  return step({ ...state, threads }, { do: 'loadThreads', filter });
}

export function openThread(state: AppState, threadId: string): Step {
  const cameFrom = state.screen === 'threads' ? state.cameFrom : [...state.cameFrom, state.screen].slice(-8);
  const threads: ThreadsState = { ...state.threads, chosenId: threadId, open: emptyThread(threadId) };
  return step({ ...state, screen: 'threads', cameFrom, threads }, { do: 'loadThread', threadId });
}

/** Going beyond the last row asks for the next page. */
function moveInList(state: AppState, command: Command): Step {
  const { threads } = state;
  const { rows, chosenId, cursor, filter, isLoading } = threads;
  const place = placeOf(rows, ({ threadId }) => threadId === chosenId);
  const next = moveTo(command, { place, count: rows.length, page: bodyRows(state.size) - 1 });
  const chosen = rows[next];
  const moved = chosen ? { ...threads, chosenId: chosen.threadId } : threads;
  if (next < rows.length - 1 || cursor === undefined || isLoading) return step({ ...state, threads: moved });
  return step({ ...state, threads: { ...moved, isLoading: true } }, { do: 'loadThreads', filter, cursor });
}
