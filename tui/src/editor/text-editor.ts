import { charactersOf } from '../layout/text-width.js';

/** A text being written. The cursor is an index into it, always between two characters. */
export interface Editor {
  readonly text: string;
  readonly cursor: number;
}

export const emptyEditor: Editor = { text: '', cursor: 0 };

/** Longest text a person can write here; what is pasted beyond it is cut. */
const longestText = 64_000;

/** An editor with a text, the cursor behind it. */
export function editorOf(text: string): Editor {
  return { text, cursor: text.length };
}

export function insert({ text, cursor }: Editor, added: string): Editor {
  const fitting = added.slice(0, Math.max(0, longestText - text.length));
  return { text: text.slice(0, cursor) + fitting + text.slice(cursor), cursor: cursor + fitting.length };
}

export type EditCommand =
  | 'left'
  | 'right'
  | 'wordLeft'
  | 'wordRight'
  | 'home'
  | 'end'
  | 'up'
  | 'down'
  | 'backspace'
  | 'delete'
  | 'deleteWord'
  | 'deleteToStart'
  | 'deleteToEnd'
  | 'newline';

type Move = (editor: Editor) => number;

const moves: Record<'left' | 'right' | 'wordLeft' | 'wordRight' | 'home' | 'end' | 'up' | 'down', Move> = {
  left: ({ text, cursor }) => cursor - (lastCharacter(text.slice(0, cursor))?.length ?? 0),
  right: ({ text, cursor }) => cursor + (firstCharacter(text.slice(cursor))?.length ?? 0),
  wordLeft: ({ text, cursor }) => text.slice(0, cursor).search(/\S+\s*$/u),
  wordRight: ({ text, cursor }) => cursor + (/^\s*\S*/u.exec(text.slice(cursor))?.[0].length ?? 0),
  home: ({ text, cursor }) => startOfLine(text, cursor),
  end: ({ text, cursor }) => endOfLine(text, cursor),
  up: (editor) => verticalMove(editor, -1),
  down: (editor) => verticalMove(editor, 1),
};

const deletions: Partial<Record<EditCommand, Move>> = {
  backspace: moves.left,
  delete: moves.right,
  deleteWord: moves.wordLeft,
  deleteToStart: moves.home,
  deleteToEnd: moves.end,
};

/** Moves the cursor or changes the text. */
export function edit(editor: Editor, command: EditCommand): Editor {
  if (command === 'newline') return insert(editor, '\n');
  const deletion = deletions[command];
  if (deletion) return removeUntil(editor, deletion);
  const cursor = moves[command as keyof typeof moves](editor);
  return { ...editor, cursor: Math.max(0, cursor) };
}

/** Whether the cursor is on the first or last line, where up and down leave the text. */
export function isAtEdge({ text, cursor }: Editor, edge: 'first' | 'last'): boolean {
  return edge === 'first' ? !text.slice(0, cursor).includes('\n') : !text.slice(cursor).includes('\n');
}

function removeUntil(editor: Editor, move: Move): Editor {
  const { text, cursor } = editor;
  const other = Math.max(0, move(editor));
  const from = Math.min(cursor, other);
  return { text: text.slice(0, from) + text.slice(Math.max(cursor, other)), cursor: from };
}

function verticalMove({ text, cursor }: Editor, step: 1 | -1): number {
  const start = startOfLine(text, cursor);
  const target = step === 1 ? endOfLine(text, cursor) + 1 : startOfLine(text, Math.max(0, start - 1));
  if (step === 1 ? target > text.length : start === 0) return cursor;
  const wanted = [...charactersOf(text.slice(start, cursor))].length;
  const line = text.slice(target, endOfLine(text, target));
  return target + [...charactersOf(line)].slice(0, wanted).join('').length;
}

function startOfLine(text: string, at: number): number {
  return text.slice(0, at).lastIndexOf('\n') + 1;
}

function endOfLine(text: string, from: number): number {
  const end = text.indexOf('\n', from);
  return end === -1 ? text.length : end;
}

function firstCharacter(text: string): string | undefined {
  return charactersOf(text.slice(0, 64)).next().value ?? undefined;
}

function lastCharacter(text: string): string | undefined {
  return [...charactersOf(text.slice(-64))].at(-1);
}
