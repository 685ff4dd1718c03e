import { type EditCommand, type Editor, edit, insert } from '../editor/text-editor.js';
import type { Command } from '../keymap/keymap.js';
import { sanitize, sanitizeLine } from '../text/sanitize.js';
import type { AppState } from './app-state.js';
import { changeCurrent, currentRoom } from './chat-state.js';
import type { Completable } from './completion.js';

const editCommands: ReadonlySet<Command> = new Set<EditCommand>([
  'left',
  'right',
  'wordLeft',
  'wordRight',
  'home',
  'end',
  'backspace',
  'delete',
  'deleteWord',
  'deleteToStart',
  'deleteToEnd',
  'newline',
]);

export function isEdit(command: Command): command is EditCommand {
  return editCommands.has(command);
}

/** Changes the text that is being written. */
export function editWritten(state: AppState, command: EditCommand): AppState {
  return changeWritten(state, (editor) => edit(editor, command));
}

/** Adds typed or pasted text where the cursor is. What could not be shown is not taken; a prompt has one line. */
export function write(state: AppState, text: string): AppState {
  const { overlay } = state;
  const clean = overlay.kind === 'prompt' ? sanitizeLine(text) : sanitize(text.replaceAll(/\r\n?/g, '\n'));
  return clean === '' ? state : changeWritten(state, (editor) => insert(editor, clean));
}

function changeWritten(state: AppState, change: (editor: Editor) => Editor): AppState {
  const { overlay, chat } = state;
  if (overlay.kind === 'prompt') {
    const { complaint: _old, ...rest } = overlay;
    return { ...state, overlay: { ...rest, editor: change(overlay.editor) } };
  }
  return { ...state, chat: changeCurrent(chat, (room) => ({ ...room, draft: change(room.draft) })) };
}

/** What the word at the cursor can be completed with here. */
export function completableIn({ overlay, chat, agents }: AppState): Completable {
  return {
    editor: overlay.kind === 'prompt' ? overlay.editor : currentRoom(chat).draft,
    in: overlay.kind === 'prompt' ? overlay.purpose : 'composer',
    usernames: agents.rows.map(({ username }) => username).filter((username) => username !== ''),
    capabilities: agents.rows.flatMap(({ capabilities }) => capabilities),
  };
}
