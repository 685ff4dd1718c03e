import type { Command } from '../keymap/keymap.js';
import { findBinding, isWriting } from '../keymap/keymap.js';
import { actOnChat } from './act-on-chat.js';
import { actOnOverlay } from './act-on-overlay.js';
import { type AppState, type ScreenName, type Step, screenNames, step } from './app-state.js';
import { jump } from './jump.js';
import { modeOf } from './mode.js';
import { actOnAgents } from './take-agents.js';
import { actOnThreads } from './take-threads.js';
import { actOnWatch } from './take-watch.js';
import { editWritten, isEdit, write } from './writing.js';

/** A key press: what the keymap says, else text where text is written. */
export function takeKey(state: AppState, key: string, text: string): Step {
  const mode = modeOf(state);
  const binding = findBinding(mode, key);
  if (binding) return run(state, binding.command);
  // Escape and a letter pressed quickly look like the letter with Alt.
  const [, quick] = /^alt\+(.+)$/s.exec(key) ?? [];
  if (quick !== undefined) return thenKey(takeKey(state, 'esc', ''), quick, text);
  return step(isWriting(mode) && !key.startsWith('ctrl+') ? write(state, text) : state);
}

function thenKey({ state, effects }: Step, key: string, text: string): Step {
  const next = takeKey(state, key, text);
  return { state: next.state, effects: [...effects, ...next.effects] };
}

const screens: Partial<Record<Command, ScreenName>> = {
  showWatch: 'watch',
  showChat: 'chat',
  showThreads: 'threads',
  showAgents: 'agents',
};

function run(state: AppState, command: Command): Step {
  const screen = screens[command];
  if (screen) return show(state, screen);
  switch (command) {
    case 'quit':
      return quit(state);
    case 'suspend':
      return step(state, { do: 'suspend' });
    case 'nextScreen':
      return show(state, neighbour(state.screen, 1));
    case 'previousScreen':
      return show(state, neighbour(state.screen, -1));
    default:
      if (isEdit(command)) return step(editWritten(state, command));
      return actOnOverlay(state, command) ?? jump(state, command) ?? actOnScreen(state, command);
  }
}

function actOnScreen(state: AppState, command: Command): Step {
  switch (state.screen) {
    case 'watch':
      return actOnWatch(state, command);
    case 'chat':
      return actOnChat(state, command);
    case 'threads':
      return actOnThreads(state, command);
    case 'agents':
      return actOnAgents(state, command);
  }
}

/** Asks first when there is something to lose. Asked again, it goes. */
export function quit(state: AppState): Step {
  const { rooms } = state.chat;
  const isAwaited = rooms.some(({ entries }) => entries.some(({ sending, status }) => sending && status === 'pending'));
  const isUnsent = rooms.some(({ draft }) => draft.text.trim() !== '');
  const effect = { do: 'quit' } as const;
  if (state.overlay.kind === 'confirm' || !(isAwaited || isUnsent)) return step(state, effect);
  const question = isAwaited ? 'An answer is still awaited. Quit?' : 'A text is not sent yet. Quit?';
  return step({ ...state, overlay: { kind: 'confirm', question, effect } });
}

/** Shows a screen; the list of threads is asked for the first time it is seen. */
function show(state: AppState, screen: ScreenName): Step {
  const shown: AppState = { ...state, screen, cameFrom: [] };
  const { threads } = state;
  if (screen !== 'threads' || threads.loadedMs !== undefined || threads.isLoading || threads.open) return step(shown);
  return step({ ...shown, threads: { ...threads, isLoading: true } }, { do: 'loadThreads', filter: threads.filter });
}

function neighbour(screen: ScreenName, distance: number): ScreenName {
  const count = screenNames.length;
  return screenNames[(screenNames.indexOf(screen) + distance + count) % count] ?? screen;
}
