import { expect, test } from 'vitest';
import { type EditCommand, type Editor, edit, editorOf, insert } from '../../src/editor/text-editor.js';

/** Shows the cursor as `|`. */
const shown = ({ text, cursor }: Editor) => `${text.slice(0, cursor)}|${text.slice(cursor)}`;
const after = (text: string, ...commands: EditCommand[]) => shown(commands.reduce(edit, editorOf(text)));

test('given characters of several code units, when the cursor moves and deletes, then it stays between characters', () => {
  expect(after('a👩‍👩‍👧b', 'left', 'left')).toBe('a|👩‍👩‍👧b');
  expect(after('a👩‍👩‍👧', 'backspace')).toBe('a|');
  expect(after('e\u0301e\u0301', 'home', 'delete')).toBe('|e\u0301');
});

test('given lines, when moving up and down, then the column is kept where the line is long enough', () => {
  expect(after('long line\nab\nlast one', 'up')).toBe('long line\nab|\nlast one');
  expect(after('long line\nab\nlast one', 'up', 'up')).toBe('lo|ng line\nab\nlast one');
  expect(after('one\ntwo', 'up', 'up')).toBe('one|\ntwo');
  expect(after('one\ntwo', 'home', 'up', 'down')).toBe('one\n|two');
});

test('given words, when moved and deleted by word, then blanks go with them', () => {
  expect(after('two words ', 'wordLeft')).toBe('two |words ');
  expect(after('two words', 'deleteWord')).toBe('two |');
  expect(after('two words', 'home', 'wordRight')).toBe('two| words');
  expect(after('one\ntwo three', 'deleteToStart')).toBe('one\n|');
});

test('given a very long text, when more is pasted, then it is cut and not taken', () => {
  const full = insert(editorOf('x'.repeat(64_000)), 'more');
  expect(full.text).toHaveLength(64_000);
});
