import type { Command } from '../keymap/keymap.js';
import { type AppState, bodyRows, type Step, step } from './app-state.js';
import { isMove, moveTo } from './chosen.js';
import type { OpenThread } from './threads-state.js';

/** A key pressed in an open thread. */
export function actOnThread(state: AppState, open: OpenThread, command: Command): Step {
  const change = (changed: Partial<OpenThread>) => withOpen(state, { ...open, ...changed });
  if (isMove(command)) return moveInThread(state, open, command);
  switch (command) {
    case 'earlier':
      return moveInThread(state, open, 'rowUp');
    case 'later':
      return moveInThread(state, open, 'rowDown');
    case 'back':
      return closeThread(state);
    case 'follow':
      return open.isFollowing
        ? step(change({ isFollowing: false }))
        : step(change({ isFollowing: true, place: Math.max(0, open.messages.length - 1) }));
    case 'diagram':
      return step(change({ view: open.view === 'diagram' ? 'transcript' : 'diagram' }));
    case 'refresh':
      return step(change({ isLoading: true }), { do: 'loadThread', threadId: open.threadId });
    case 'exportMarkdown':
      return step(state, { do: 'exportThread', threadId: open.threadId, format: 'markdown' });
    case 'exportJsonl':
      return step(state, { do: 'exportThread', threadId: open.threadId, format: 'jsonl' });
    case 'nextMatch':
    case 'previousMatch':
      return step(change({ ...toMatch(open, command === 'nextMatch' ? 1 : -1) }));
    default:
      return step(state);
  }
}

/** Looks for text in what was said, from the chosen message on, round the end. */
export function searchThread(state: AppState, open: OpenThread, search: string): AppState {
  const searching = { ...open, search };
  return withOpen(state, { ...searching, ...toMatch(searching, 1) });
}

function toMatch({ messages, place, search }: OpenThread, direction: 1 | -1): Partial<OpenThread> {
  const wanted = search.toLowerCase();
  if (wanted === '') return {};
  for (let distance = 1; distance <= messages.length; distance++) {
    const at = (place + direction * distance + messages.length * 2) % messages.length;
    const message = messages[at];
    if (message && `${message.text} ${message.kind} ${message.messageId}`.toLowerCase().includes(wanted)) {
      return { place: at, isFollowing: false };
    }
  }
  return {};
}

/** Going before the oldest message asks for older ones; going to the newest follows again. */
function moveInThread(state: AppState, open: OpenThread, command: Command): Step {
  const { messages, place, cursor, isLoading, threadId } = open;
  const next = moveTo(command, { place, count: messages.length, page: Math.floor(bodyRows(state.size) / 2) });
  const isFollowing = command === 'last' || (open.isFollowing && next === messages.length - 1);
  const moved = { ...open, place: Math.max(0, next), isFollowing };
  if (next > 0 || cursor === undefined || isLoading) return step(withOpen(state, moved));
  return step(withOpen(state, { ...moved, isLoading: true }), { do: 'loadThread', threadId, cursor });
}

function closeThread(state: AppState): Step {
  const { open: _closed, ...threads } = state.threads;
  const cameFrom = state.cameFrom.slice(0, -1);
  const back = state.cameFrom.at(-1);
  const closed: AppState = { ...state, threads, cameFrom, screen: back ?? 'threads' };
  // A list that was never asked for would be empty.
  if (back !== undefined || threads.loadedMs !== undefined) return step(closed);
  return step(closed, { do: 'loadThreads', filter: threads.filter });
}

function withOpen(state: AppState, open: OpenThread): AppState {
  return { ...state, threads: { ...state.threads, open } };
}
