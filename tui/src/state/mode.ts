import type { Mode } from '../keymap/keymap.js';
import type { AppState } from './app-state.js';

/** Where the keys go. */
export function modeOf({ overlay, screen, watch, chat, threads, agents }: AppState): Mode {
  if (overlay.kind !== 'none') return overlay.kind;
  switch (screen) {
    case 'watch':
      return watch.open ? 'conversation' : 'watch';
    case 'chat':
      return chat.isComposing ? 'composer' : 'chat';
    case 'threads':
      return threads.open ? 'thread' : 'threads';
    case 'agents':
      return agents.open ? 'agent' : 'agents';
  }
}
