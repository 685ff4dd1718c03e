import { emptyEditor } from '../editor/text-editor.js';
import type { Action } from './action.js';
import { type AppState, addressOf, nameOf, type Step, step, withNotice } from './app-state.js';
import {
  addEntry,
  type ChatEntry,
  type ChatState,
  changeCurrent,
  changeRoom,
  currentRoom,
  entriesMost,
  historyMost,
  openRoom,
  type Room,
} from './chat-state.js';
import type { Effect } from './effect.js';

type ChatAction = Extract<
  Action,
  { type: 'roomLoaded' | 'answerGrew' | 'answered' | 'delivered' | 'askFailed' | 'incoming' }
>;

/** Characters of one answer that are kept. */
const longestAnswer = 64_000;

/** What came of the operator's questions, and what others said. */
export function takeChat(state: AppState, action: ChatAction): AppState {
  const { chat, nowMs } = state;
  const inRoom = (change: (room: Room) => Room) => ({ ...state, chat: changeRoom(chat, action.threadId, change) });
  switch (action.type) {
    case 'roomLoaded':
      return inRoom((room) => withPast(state, room, action));
    case 'answerGrew':
      return inRoom((room) => withAnswer(room, action, { nowMs, isOver: false }));
    case 'answered':
      return inRoom((room) =>
        ended(withAnswer(room, action, { nowMs, isOver: true }), action.entryId, {
          status: 'answered',
          endedMs: nowMs,
        }),
      );
    case 'delivered':
      return inRoom((room) => ended(room, action.entryId, { status: 'done', endedMs: nowMs }));
    case 'askFailed':
      return inRoom((room) => ended(room, action.entryId, { status: 'failed', endedMs: nowMs, error: action.error }));
    case 'incoming':
      return takeIncoming(state, action);
  }
}

/** Changes what the operator said, unless it was cancelled, and closes an answer that still grows. */
function ended(room: Room, entryId: string, changes: Partial<ChatEntry>): Room {
  return {
    ...room,
    entries: room.entries.map((entry) => {
      if (entry.id === entryId && entry.status === 'pending') return { ...entry, ...changes };
      if (entry.id === answerOf(entryId) && entry.status === 'streaming')
        return { ...entry, ...changes, status: changes.status === 'answered' ? 'done' : (changes.status ?? 'done') };
      return entry;
    }),
  };
}

const answerOf = (entryId: string) => `${entryId} answer`;

function withAnswer(
  room: Room,
  { entryId, text }: { entryId: string; text: string },
  { nowMs, isOver }: { nowMs: number; isOver: boolean },
): Room {
  const id = answerOf(entryId);
  const asked = room.entries.find((entry) => entry.id === entryId);
  if (asked?.status !== 'pending') return room;
  const grown = room.entries.find((entry) => entry.id === id);
  const whole = isOver ? text : (grown?.text ?? '') + text;
  if (grown)
    return {
      ...room,
      entries: room.entries.map((entry) =>
        entry === grown ? { ...entry, text: whole.slice(0, longestAnswer) } : entry,
      ),
    };
  return addEntry(room, {
    id,
    from: 'them',
    name: asked.sending?.to ?? '',
    text: whole.slice(0, longestAnswer),
    status: 'streaming',
    atMs: nowMs,
  });
}

/** Messages from before go to the front of a room in which nobody has spoken yet. */
function withPast(state: AppState, room: Room, { messages }: Extract<Action, { type: 'roomLoaded' }>): Room {
  if (room.entries.some(({ from }) => from !== 'note')) return room;
  const past = messages.map(
    ({ messageId, from, text, sentMs }): ChatEntry => ({
      id: messageId,
      from: from === state.ownAccountId ? 'me' : 'them',
      name: nameOf(state, from),
      text,
      status: 'done',
      atMs: sentMs,
    }),
  );
  return { ...room, entries: [...past, ...room.entries].slice(-entriesMost) };
}

function takeIncoming(state: AppState, { threadId, from, text, id }: Extract<Action, { type: 'incoming' }>): AppState {
  const { chat, nowMs } = state;
  const opened = openRoom(chat, threadId, addressOf(state, from));
  const entry: ChatEntry = { id, from: 'them', name: nameOf(state, from), text, status: 'done', atMs: nowMs };
  const isRead = threadId === currentRoom(chat).threadId && state.screen === 'chat';
  const heard = (room: Room) => ({ ...addEntry(room, entry), unread: isRead ? 0 : room.unread + 1 });
  return { ...state, chat: changeRoom(opened, threadId, heard) };
}

/** Sends what was written in the current thread. */
export function say(state: AppState, text: string, wantsReply: boolean): Step {
  const room = currentRoom(state.chat);
  if (state.isObserver) return step(withNotice(state, 'observers do not send; start without --observe', 'warn'));
  if (room.to === '') return step(withNotice(state, 'to whom? write /to @name, or begin with @name', 'warn'));
  const made = state.chat.made + 1;
  const id = `tui_${state.chat.seed}_${made}`;
  const sending = { to: room.to, key: id, wantsReply };
  const entry: ChatEntry = { id, from: 'me', name: '', text, status: 'pending', atMs: state.nowMs, sending };
  const history = [...state.chat.history.filter((line) => line !== text), text].slice(-historyMost);
  const { recalled: _recalled, ...rest } = state.chat;
  const chat: ChatState = changeCurrent({ ...rest, made, history }, (current) => ({
    ...addEntry(current, entry),
    draft: emptyEditor,
    scroll: 0,
  }));
  return step({ ...state, chat }, askingOf(entry, room.threadId));
}

/** Sends what failed last, or waits, once more under the same key: whoever has it already does not do it twice. */
export function resend(state: AppState): Step {
  const room = currentRoom(state.chat);
  const last = room.entries.findLast(
    ({ sending, status }) => sending !== undefined && status !== 'answered' && status !== 'done',
  );
  if (!last) return step(withNotice(state, 'nothing here has failed', 'warn'));
  const { error: _error, endedMs: _ended, ...rest } = last;
  const again: ChatEntry = { ...rest, status: 'pending', atMs: state.nowMs };
  const chat = changeCurrent(state.chat, (current) => ({
    ...current,
    entries: current.entries
      .filter(({ id }) => id !== answerOf(last.id))
      .map((entry) => (entry === last ? again : entry)),
  }));
  return step({ ...state, chat }, { do: 'cancel', entryId: last.id }, askingOf(again, room.threadId));
}

/** Stops waiting for the last answer. What was sent stays sent. */
export function cancel(state: AppState): Step {
  const room = currentRoom(state.chat);
  const last = room.entries.findLast(({ sending, status }) => sending !== undefined && status === 'pending');
  if (!last) return step(withNotice(state, 'nothing is under way here', 'warn'));
  const chat = changeCurrent(state.chat, (current) =>
    ended(current, last.id, { status: 'cancelled', endedMs: state.nowMs }),
  );
  return step({ ...state, chat }, { do: 'cancel', entryId: last.id });
}

function askingOf({ id, text, sending }: ChatEntry, threadId: string): Effect {
  const { to, key, wantsReply } = sending ?? { to: '', key: id, wantsReply: true };
  return { do: 'ask', asking: { entryId: id, threadId, to, text, key, wantsReply } };
}
