import { emptyEditor } from '../editor/text-editor.js';
import { type AppState, type Step, step, withNotice } from './app-state.js';
import { addEntry, changeCurrent, currentRoom, enterNewRoom, enterRoom } from './chat-state.js';
import { cancel, resend, say } from './take-chat.js';

/** What can be written in the chat after a slash. */
export const slashCommands = {
  to: 'whom the next message goes to: /to @name, capability:name or an account id',
  thread: 'goes to a thread, or begins a new one',
  showthread: 'shows the id of this thread',
  send: 'sends a message that needs no reply',
  cancel: 'stops waiting for the answer',
  resend: 'sends what failed last once more, as the same operation',
  help: 'shows the keys',
  quit: 'leaves',
} as const;

type SlashWord = keyof typeof slashCommands;

export const slashWords = Object.keys(slashCommands) as SlashWord[];

/** Does what was written in the chat: a slash command, or something to say. */
export function submitChat(state: AppState): Step {
  const { text } = currentRoom(state.chat).draft;
  if (text.trim() === '') return step(state);
  const [, word = '', rest = ''] = /^\/(\S*)\s*([\s\S]*)$/.exec(text) ?? [];
  if (text.startsWith('/') && !text.startsWith('//')) return runSlash(state, word, rest.trim());
  const said = text.startsWith('//') ? text.slice(1) : text;
  const [, name = '', after = ''] = /^(@\S+)\s*([\s\S]*)$/.exec(said) ?? [];
  if (name === '' || currentRoom(state.chat).to !== '') return say(state, said, true);
  const addressed = setTarget(state, name);
  return after === '' ? step(cleared(addressed)) : say(addressed, after, true);
}

function runSlash(state: AppState, word: string, rest: string): Step {
  switch (word) {
    case 'to':
      if (rest === '') return step(withNotice(state, 'to whom? for example /to @echo', 'warn'));
      return step(cleared(setTarget(state, rest)));
    case 'thread':
      return goToThread(cleared(state), rest);
    case 'showthread': {
      const { threadId } = currentRoom(state.chat);
      return step(noted(cleared(state), `this thread is ${threadId}`));
    }
    case 'send':
      return rest === '' ? step(withNotice(state, 'what? /send needs a text', 'warn')) : say(state, rest, false);
    case 'cancel':
      return cancel(cleared(state));
    case 'resend':
      return resend(cleared(state));
    case 'help':
      return step({ ...cleared(state), overlay: { kind: 'help', scroll: 0 } });
    case 'quit':
      return step(state, { do: 'quit' });
    default:
      return step(
        withNotice(
          state,
          `there is no /${word}; known are ${slashWords.map((known) => `/${known}`).join(' ')}`,
          'warn',
        ),
      );
  }
}

function goToThread(state: AppState, threadId: string): Step {
  const { to } = currentRoom(state.chat);
  if (threadId === '') return step({ ...state, chat: enterNewRoom(state.chat, to) });
  return step(
    { ...state, chat: enterRoom(state.chat, threadId, to === '' ? undefined : to) },
    { do: 'loadRoom', threadId },
  );
}

function setTarget(state: AppState, to: string): AppState {
  return { ...state, chat: changeCurrent(state.chat, (room) => ({ ...room, to })) };
}

function cleared(state: AppState): AppState {
  return { ...state, chat: changeCurrent(state.chat, (room) => ({ ...room, draft: emptyEditor })) };
}

function noted(state: AppState, text: string): AppState {
  const made = state.chat.made + 1;
  const entry = { id: `note ${made}`, from: 'note', name: '', text, status: 'done', atMs: state.nowMs } as const;
  return { ...state, chat: changeCurrent({ ...state.chat, made }, (room) => addEntry(room, entry)) };
}
