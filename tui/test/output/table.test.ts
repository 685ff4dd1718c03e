import { expect, test } from 'vitest';
import { type Column, renderTable, truncate } from '../../src/output/table.js';

interface Row {
  name: string;
  count: number;
}

const columns: Column<Row>[] = [
  { title: 'NAME', cell: ({ name }) => name, maxWidth: 10 },
  { title: 'COUNT', cell: ({ count }) => String(count), align: 'right' },
];

test('given wide and narrow characters, when laid out, then the columns line up', () => {
  expect(
    renderTable(columns, [
      { name: '世界', count: 7 },
      { name: 'ab', count: 12 },
    ]),
  ).toBe(['NAME  COUNT', '世界      7', 'ab       12'].join('\n'));
});

test('given a cell with escape sequences and line breaks, when laid out, then it is one harmless cell', () => {
  expect(renderTable(columns, [{ name: 'a\n\u001b[2Jb', count: 1 }])).toBe(['NAME  COUNT', 'a b       1'].join('\n'));
});

test('given a text wider than its column, when truncated, then it ends in an ellipsis and no character is cut in two', () => {
  expect(truncate('abcdefghijkl', 10)).toBe('abcdefghi…');
  expect(truncate('世界世界世界', 6)).toBe('世界…');
});

const listed: Column<{ id: string; name: string; about: string }>[] = [
  { title: 'ID', cell: ({ id }) => id, isCopied: true },
  { title: 'NAME', cell: ({ name }) => name },
  { title: 'ABOUT', cell: ({ about }) => about },
];
const wide = { id: 'acct_01kdzz4v7hq9r3m5guide00', name: '世界世界世界', about: 'a'.repeat(40) };

test('given less room than the rows need, when laid out, then the widest free text gives way and ids stay whole', () => {
  const [title, row] = renderTable(listed, [wide], 60).split('\n');
  expect(row).toBe(`${wide.id}  ${wide.name}  ${'a'.repeat(15)}…`);
  expect(title).toBe(`ID${' '.repeat(28)}NAME${' '.repeat(10)}ABOUT`);
});

test('given so little room that all else is as narrow as it can be, when laid out, then ids are cut, too', () => {
  expect(renderTable(listed, [wide], 40).split('\n')[1]).toBe('acct_01kdzz4v7hq9r3…  世界世…   aaaaaaa…');
});
