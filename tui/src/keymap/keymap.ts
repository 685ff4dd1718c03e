import type { EditCommand } from '../editor/text-editor.js';

/** Where a key is pressed; decides what it means. */
export type Mode =
  | 'watch'
  | 'conversation'
  | 'chat'
  | 'composer'
  | 'threads'
  | 'thread'
  | 'agents'
  | 'agent'
  | 'prompt'
  | 'help'
  | 'report'
  | 'copy'
  | 'confirm';

/** Everything a key can do. */
export type Command =
  | EditCommand
  | 'quit'
  | 'suspend'
  | 'help'
  | 'commandBar'
  | 'showWatch'
  | 'showChat'
  | 'showThreads'
  | 'showAgents'
  | 'nextScreen'
  | 'previousScreen'
  | 'rowUp'
  | 'rowDown'
  | 'pageUp'
  | 'pageDown'
  | 'first'
  | 'last'
  | 'open'
  | 'back'
  | 'follow'
  | 'filter'
  | 'search'
  | 'nextMatch'
  | 'previousMatch'
  | 'faultsOnly'
  | 'copy'
  | 'copyId'
  | 'copyJson'
  | 'copyCommand'
  | 'refresh'
  | 'chatWith'
  | 'trafficOf'
  | 'threadsOf'
  | 'openThread'
  | 'diagram'
  | 'earlier'
  | 'later'
  | 'exportMarkdown'
  | 'exportJsonl'
  | 'compose'
  | 'newThread'
  | 'nextRoom'
  | 'cancel'
  | 'resend'
  | 'submit'
  | 'complete'
  | 'olderInput'
  | 'newerInput'
  | 'yes'
  | 'no';

/** One line of the keymap. */
export interface Binding {
  readonly keys: readonly string[];
  readonly command: Command;
  readonly says: string;
  readonly modes: readonly Mode[];
  /** Shown in the line of hints at the bottom of these modes. @default false */
  readonly hint?: boolean;
}

/** Modes in which letters are commands. */
const browsing: readonly Mode[] = ['watch', 'conversation', 'chat', 'threads', 'thread', 'agents', 'agent'];
const writing: readonly Mode[] = ['composer', 'prompt'];
const lists: readonly Mode[] = [...browsing, 'help', 'report'];

/** The one list of keys: input, hints, `?` and the README are made from it. First match wins. */
export const keymap: readonly Binding[] = [
  {
    keys: ['ctrl+c'],
    command: 'quit',
    says: 'quit',
    modes: [...browsing, ...writing, 'help', 'report', 'copy', 'confirm'],
  },
  { keys: ['q'], command: 'quit', says: 'quit', modes: browsing },
  { keys: ['ctrl+z'], command: 'suspend', says: 'to the shell; fg comes back', modes: [...browsing, ...writing] },
  { keys: ['?'], command: 'help', says: 'help', modes: browsing, hint: true },
  { keys: [':'], command: 'commandBar', says: 'command bar', modes: browsing, hint: true },
  { keys: ['1', 'alt+1'], command: 'showWatch', says: 'Watch', modes: browsing },
  { keys: ['2', 'alt+2'], command: 'showChat', says: 'Chat', modes: browsing },
  { keys: ['3', 'alt+3'], command: 'showThreads', says: 'Threads', modes: browsing },
  { keys: ['4', 'alt+4'], command: 'showAgents', says: 'Agents', modes: browsing },
  { keys: ['alt+1'], command: 'showWatch', says: 'Watch', modes: ['composer'] },
  { keys: ['alt+2'], command: 'showChat', says: 'Chat', modes: ['composer'] },
  { keys: ['alt+3'], command: 'showThreads', says: 'Threads', modes: ['composer'] },
  { keys: ['alt+4'], command: 'showAgents', says: 'Agents', modes: ['composer'] },
  { keys: ['tab'], command: 'nextScreen', says: 'next screen', modes: browsing },
  { keys: ['shift+tab'], command: 'previousScreen', says: 'previous screen', modes: browsing },
  { keys: ['up', 'k'], command: 'rowUp', says: 'up', modes: lists },
  { keys: ['down', 'j'], command: 'rowDown', says: 'down', modes: lists },
  { keys: ['pageup', 'ctrl+b', 'ctrl+u'], command: 'pageUp', says: 'a page up', modes: lists },
  { keys: ['pagedown', 'ctrl+f', 'ctrl+d', 'space'], command: 'pageDown', says: 'a page down', modes: lists },
  { keys: ['g', 'home'], command: 'first', says: 'to the first', modes: lists },
  { keys: ['G', 'end'], command: 'last', says: 'to the last', modes: lists },
  { keys: ['enter'], command: 'open', says: 'open', modes: ['watch', 'threads', 'agents'], hint: true },
  { keys: ['esc', 'backspace'], command: 'back', says: 'back', modes: ['conversation', 'thread', 'agent'], hint: true },
  { keys: ['esc', 'q', '?'], command: 'back', says: 'back', modes: ['help', 'report'], hint: true },
  { keys: ['esc'], command: 'back', says: 'no filter', modes: ['watch', 'threads', 'agents'] },
  { keys: ['p', 'f'], command: 'follow', says: 'pause or follow', modes: ['watch'], hint: true },
  { keys: ['f', 'p'], command: 'follow', says: 'follow live', modes: ['thread'], hint: true },
  { keys: ['F', '\\'], command: 'filter', says: 'filter', modes: ['watch'], hint: true },
  { keys: ['/', 'F'], command: 'filter', says: 'filter', modes: ['threads', 'agents'], hint: true },
  { keys: ['/'], command: 'search', says: 'search', modes: ['watch', 'thread'], hint: true },
  { keys: ['n'], command: 'nextMatch', says: 'next match', modes: ['watch', 'thread'] },
  { keys: ['N'], command: 'previousMatch', says: 'match before', modes: ['watch', 'thread'] },
  { keys: ['!'], command: 'faultsOnly', says: 'faults only', modes: ['watch'], hint: true },
  { keys: ['t'], command: 'openThread', says: 'its thread', modes: ['watch', 'conversation'], hint: true },
  { keys: ['t'], command: 'threadsOf', says: 'threads', modes: ['agents', 'agent'], hint: true },
  {
    keys: ['c'],
    command: 'chatWith',
    says: 'chat',
    modes: ['watch', 'conversation', 'thread', 'agents', 'agent'],
    hint: true,
  },
  { keys: ['w'], command: 'trafficOf', says: 'traffic', modes: ['thread', 'threads', 'agents', 'agent'], hint: true },
  { keys: ['d'], command: 'diagram', says: 'transcript or diagram', modes: ['thread'], hint: true },
  { keys: ['left', 'h'], command: 'earlier', says: 'earlier', modes: ['thread'] },
  { keys: ['right', 'l'], command: 'later', says: 'later', modes: ['thread'] },
  { keys: ['e'], command: 'exportMarkdown', says: 'export Markdown', modes: ['thread'], hint: true },
  { keys: ['E'], command: 'exportJsonl', says: 'export JSONL', modes: ['thread'] },
  {
    keys: ['r', 'ctrl+l'],
    command: 'refresh',
    says: 'ask the registry again',
    modes: ['threads', 'thread', 'agents', 'agent'],
  },
  { keys: ['r', 'ctrl+l'], command: 'refresh', says: 'ask again', modes: ['report'], hint: true },
  {
    keys: ['y'],
    command: 'copy',
    says: 'copy',
    modes: ['watch', 'conversation', 'chat', 'threads', 'thread', 'agents', 'agent'],
  },
  { keys: ['i'], command: 'copyId', says: 'id', modes: ['copy'], hint: true },
  { keys: ['j'], command: 'copyJson', says: 'JSON', modes: ['copy'], hint: true },
  { keys: ['c'], command: 'copyCommand', says: 'shell command', modes: ['copy'], hint: true },
  { keys: ['esc'], command: 'back', says: 'nothing', modes: ['copy'], hint: true },
  { keys: ['enter', 'i'], command: 'compose', says: 'write', modes: ['chat'], hint: true },
  { keys: ['x'], command: 'cancel', says: 'cancel', modes: ['chat'], hint: true },
  { keys: ['r'], command: 'resend', says: 'resend', modes: ['chat'], hint: true },
  { keys: ['ctrl+t'], command: 'newThread', says: 'new thread', modes: ['chat', 'composer'] },
  { keys: ['ctrl+n'], command: 'nextRoom', says: 'next thread', modes: ['chat', 'composer'] },
  { keys: ['enter'], command: 'submit', says: 'send', modes: ['composer'], hint: true },
  { keys: ['enter'], command: 'submit', says: 'do it', modes: ['prompt'], hint: true },
  { keys: ['alt+enter', 'ctrl+j'], command: 'newline', says: 'new line', modes: ['composer'], hint: true },
  { keys: ['tab'], command: 'complete', says: 'complete', modes: writing, hint: true },
  { keys: ['esc'], command: 'back', says: 'commands', modes: ['composer'], hint: true },
  { keys: ['ctrl+x'], command: 'cancel', says: 'cancel', modes: ['composer'], hint: true },
  { keys: ['ctrl+r'], command: 'resend', says: 'resend', modes: ['composer'], hint: true },
  { keys: ['esc'], command: 'back', says: 'leave', modes: ['prompt'], hint: true },
  { keys: ['pageup'], command: 'pageUp', says: 'a page up', modes: ['composer'] },
  { keys: ['pagedown'], command: 'pageDown', says: 'a page down', modes: ['composer'] },
  { keys: ['up'], command: 'olderInput', says: 'line up, or what was written before', modes: writing },
  { keys: ['down'], command: 'newerInput', says: 'line down, or what was written after', modes: writing },
  { keys: ['left', 'ctrl+b'], command: 'left', says: 'left', modes: writing },
  { keys: ['right', 'ctrl+f'], command: 'right', says: 'right', modes: writing },
  { keys: ['alt+b', 'alt+left', 'ctrl+left'], command: 'wordLeft', says: 'a word left', modes: writing },
  { keys: ['alt+f', 'alt+right', 'ctrl+right'], command: 'wordRight', says: 'a word right', modes: writing },
  { keys: ['home', 'ctrl+a'], command: 'home', says: 'to the start', modes: writing },
  { keys: ['end', 'ctrl+e'], command: 'end', says: 'to the end', modes: writing },
  { keys: ['backspace', 'ctrl+h'], command: 'backspace', says: 'delete before', modes: writing },
  { keys: ['ctrl+d'], command: 'delete', says: 'delete after', modes: writing },
  { keys: ['ctrl+w', 'alt+backspace'], command: 'deleteWord', says: 'delete a word', modes: writing },
  { keys: ['ctrl+u'], command: 'deleteToStart', says: 'delete to the start', modes: writing },
  { keys: ['ctrl+k'], command: 'deleteToEnd', says: 'delete to the end', modes: writing },
  { keys: ['y'], command: 'yes', says: 'yes', modes: ['confirm'], hint: true },
  { keys: ['n', 'esc'], command: 'no', says: 'no', modes: ['confirm'], hint: true },
];

export function findBinding(mode: Mode, key: string): Binding | undefined {
  return keymap.find(({ keys, modes }) => modes.includes(mode) && keys.includes(key));
}

/** Whether letters are text here. */
export function isWriting(mode: Mode): boolean {
  return writing.includes(mode);
}
