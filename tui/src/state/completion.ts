import { type Editor, editorOf } from '../editor/text-editor.js';
import { commandWords } from './command-line.js';
import { slashWords } from './slash-command.js';

/** What can be completed. */
export interface Completable {
  readonly editor: Editor;
  readonly usernames: readonly string[];
  readonly capabilities: readonly string[];
  readonly in: 'composer' | 'command' | 'filter' | 'search';
}

const mostShown = 6;

/** What the word at the cursor can become. */
export function completions({ editor, usernames, capabilities, in: place }: Completable): string[] {
  const word = wordAt(editor);
  const isFirst = editor.text.slice(0, editor.cursor).trim() === word;
  const candidates = [
    ...(place === 'composer' && isFirst ? slashWords.map((slash) => `/${slash}`) : []),
    ...(place === 'command' && isFirst ? commandWords : []),
    ...usernames.map((username) => `@${username}`),
    ...capabilities.map((capability) => `capability:${capability}`),
  ];
  if (word === '') return [];
  const plain = word.replace(/^(from|to|with):/, '');
  const prefix = word.slice(0, word.length - plain.length);
  if (plain === '' || (prefix === '' && !/^[@/:a-z]/i.test(plain))) return [];
  if (place === 'composer' && !/^(@|\/|capability:)/.test(plain)) return [];
  const fitting = candidates.filter((text) => text.startsWith(plain) && text !== plain);
  return [...new Set(fitting)]
    .toSorted()
    .slice(0, mostShown)
    .map((text) => prefix + text);
}

/** Puts the first completion in place of the word at the cursor. */
export function complete(completable: Completable): Editor {
  const [first] = completions(completable);
  const { editor } = completable;
  if (first === undefined) return editor;
  const before = editor.text.slice(0, editor.cursor - wordAt(editor).length);
  const after = editor.text.slice(editor.cursor);
  const completed = `${before}${first}${after.startsWith(' ') ? '' : ' '}`;
  return { ...editorOf(completed + after), cursor: completed.length };
}

function wordAt({ text, cursor }: Editor): string {
  return /\S*$/.exec(text.slice(0, cursor))?.[0] ?? '';
}
