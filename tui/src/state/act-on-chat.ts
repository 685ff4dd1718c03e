import { edit, editorOf, isAtEdge } from '../editor/text-editor.js';
import type { Command } from '../keymap/keymap.js';
import { type AppState, bodyRows, type Step, step } from './app-state.js';
import { type ChatState, changeCurrent, currentRoom, enterNewRoom, enterRoom, type Room } from './chat-state.js';
import { isMove, moveTo } from './chosen.js';
import { complete } from './completion.js';
import { submitChat } from './slash-command.js';
import { cancel, resend } from './take-chat.js';
import { completableIn } from './writing.js';

/** A key pressed on the Chat screen, other than a letter. */
export function actOnChat(state: AppState, command: Command): Step {
  const { chat } = state;
  const withChat = (changed: ChatState) => step({ ...state, chat: changed });
  switch (command) {
    case 'compose':
      return withChat({ ...chat, isComposing: true });
    case 'back':
      return withChat({ ...chat, isComposing: false });
    case 'submit':
      return submitChat(state);
    case 'complete':
      return withChat(inDraft(chat, () => complete(completableIn(state))));
    case 'newThread':
      return withChat(enterNewRoom(chat, currentRoom(chat).to));
    case 'nextRoom':
      return withChat(enterRoom(chat, chat.rooms[(chat.current + 1) % chat.rooms.length]?.threadId ?? ''));
    case 'cancel':
      return cancel(state);
    case 'resend':
      return resend(state);
    case 'olderInput':
      return withChat(recall(chat, -1));
    case 'newerInput':
      return withChat(recall(chat, 1));
    default:
      return isMove(command) ? withChat(scrolled(state, command)) : step(state);
  }
}

/** Scrolling counts from the end, where the newest is. */
function scrolled({ chat, size, scrollMost }: AppState, command: Command): ChatState {
  const { scroll } = currentRoom(chat);
  const place = scrollMost - Math.min(scroll, scrollMost);
  const next = moveTo(command, { place, count: scrollMost + 1, page: bodyRows(size) - 4 });
  return changeCurrent(chat, (room) => ({ ...room, scroll: scrollMost - next }));
}

/** Up and down move in the text, and beyond its edge to what was sent before. */
function recall(chat: ChatState, direction: 1 | -1): ChatState {
  const { draft } = currentRoom(chat);
  if (!isAtEdge(draft, direction === -1 ? 'first' : 'last')) {
    return inDraft(chat, (editor) => edit(editor, direction === -1 ? 'up' : 'down'));
  }
  const { history, recalled = history.length } = chat;
  const next = recalled + direction;
  if (next < 0 || next > history.length) return chat;
  return inDraft({ ...chat, recalled: next }, () => editorOf(history[next] ?? ''));
}

function inDraft(chat: ChatState, change: (draft: Room['draft']) => Room['draft']): ChatState {
  return changeCurrent(chat, (room) => ({ ...room, draft: change(room.draft) }));
}
