import { type Editor, emptyEditor } from '../editor/text-editor.js';

/** `answered` goes with questions, `done` with everything else that ended well. */
export type ChatStatus = 'pending' | 'streaming' | 'answered' | 'done' | 'failed' | 'cancelled';

/** One thing said, or noted, in a conversation. */
export interface ChatEntry {
  readonly id: string;
  readonly from: 'me' | 'them' | 'note';
  /** Who speaks, when it is not the operator. */
  readonly name: string;
  readonly text: string;
  readonly status: ChatStatus;
  readonly atMs: number;
  readonly endedMs?: number;
  readonly error?: string;
  /** Only with `me`: what it takes to send it again. */
  readonly sending?: { readonly to: string; readonly key: string; readonly wantsReply: boolean };
}

/** One conversation: everything in it carries its thread id. */
export interface Room {
  readonly threadId: string;
  /** Whom the next message goes to; empty until somebody is named. */
  readonly to: string;
  readonly entries: readonly ChatEntry[];
  readonly draft: Editor;
  /** Lines scrolled up from the end. */
  readonly scroll: number;
  readonly unread: number;
}

/** The Chat screen. */
export interface ChatState {
  readonly rooms: readonly Room[];
  readonly current: number;
  readonly isComposing: boolean;
  /** What was sent before, oldest first. */
  readonly history: readonly string[];
  /** Place in the history while going through it. */
  readonly recalled?: number;
  readonly seed: string;
  /** Ids made so far. */
  readonly made: number;
}

const roomsMost = 40;
export const entriesMost = 400;
export const historyMost = 200;

function emptyRoom(threadId: string, to = ''): Room {
  return { threadId, to, entries: [], draft: emptyEditor, scroll: 0, unread: 0 };
}

export function emptyChat(seed: string): ChatState {
  return {
    rooms: [emptyRoom(`thread_tui_${seed}_1`)],
    current: 0,
    isComposing: true,
    history: [],
    seed,
    made: 1,
  };
}

export function currentRoom({ rooms, current }: ChatState): Room {
  return rooms[current] ?? emptyRoom('');
}

/** Changes the room of a thread, if there is one. */
export function changeRoom(chat: ChatState, threadId: string, change: (room: Room) => Room): ChatState {
  return { ...chat, rooms: chat.rooms.map((room) => (room.threadId === threadId ? change(room) : room)) };
}

export function changeCurrent(chat: ChatState, change: (room: Room) => Room): ChatState {
  return changeRoom(chat, currentRoom(chat).threadId, change);
}

export function addEntry(room: Room, entry: ChatEntry): Room {
  return { ...room, entries: [...room.entries, entry].slice(-entriesMost) };
}

/** Goes to the room of a thread, which is made when there is none. */
export function enterRoom(chat: ChatState, threadId: string, to?: string): ChatState {
  const opened = openRoom(chat, threadId, to);
  const current = opened.rooms.findIndex((room) => room.threadId === threadId);
  return changeCurrent({ ...opened, current }, (room) => ({ ...room, unread: 0, to: to ?? room.to }));
}

/** Makes the room of a thread, unless there is one, and stays in the current one. Rooms that hold nothing to lose make place. */
export function openRoom(chat: ChatState, threadId: string, to?: string): ChatState {
  if (chat.rooms.some((room) => room.threadId === threadId)) return chat;
  const { threadId: stays } = currentRoom(chat);
  const kept = chat.rooms.length < roomsMost ? chat.rooms : withoutOne(chat.rooms, stays);
  const rooms = [...kept, emptyRoom(threadId, to)];
  return {
    ...chat,
    rooms,
    current: Math.max(
      0,
      rooms.findIndex((room) => room.threadId === stays),
    ),
  };
}

function withoutOne(rooms: readonly Room[], stays: string): readonly Room[] {
  const others = rooms.filter(({ threadId }) => threadId !== stays);
  const goes = others.find(({ entries, draft }) => entries.length === 0 && draft.text === '') ?? others[0];
  return rooms.filter((room) => room !== goes);
}

/** Goes to a new thread. */
export function enterNewRoom(chat: ChatState, to?: string): ChatState {
  const made = chat.made + 1;
  return enterRoom({ ...chat, made }, `thread_tui_${chat.seed}_${made}`, to);
}
