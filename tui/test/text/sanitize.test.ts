import { expect, test } from 'vitest';
import { safeJson, safeJsonText, sanitize, sanitizeLine } from '../../src/text/sanitize.js';
import { hostileText, seeded } from './hostile-text.js';

test.each([
  ['colour codes', '\u001b[31mred\u001b[0m', 'red'],
  ['a nested sequence that would come alive once the inner one is gone', '\u001b\u001b[2J[2J', '[2J'],
  ['a window title', '\u001b]0;owned\u0007text', 'text'],
  ['a clipboard write ended by ST', '\u001b]52;c;aGk=\u001b\\text', 'text'],
  ['an unterminated OSC, up to the end of its line', '\u001b]0;owned\nnext', '\nnext'],
  ['an unterminated OSC at the end', 'text\u001b]52;c;aGk=', 'text'],
  ['an unterminated CSI', 'text\u001b[31', 'text'],
  ['8-bit CSI and OSC', '\u009b31mred\u009d0;owned\u009c', 'red'],
  ['DCS, SOS, PM and APC', '\u001bPa\u001b\\\u001bXb\u001b\\\u001b^c\u001b\\\u001b_d\u001b\\text', 'text'],
  ['character set switches', '\u001b(0lqk\u001b(B', 'lqk'],
  ['a lone ESC', 'a\u001b', 'a'],
  ['carriage return, backspace, bell, NUL and DEL', 'safe\r\b\u0007\u0000\u007fx', 'safex'],
  ['bidirectional overrides and isolates', 'a\u202eb\u2066c\u200fd', 'abcd'],
  ['zero-width characters and soft hyphens', 'p\u200ba\u200dy\u2060p\u00ada\ufeffl', 'paypal'],
  ['invisible tag characters', 'hi\u{e0041}\u{e0042}', 'hi'],
  ['floods of combining marks', `e${'\u0301'.repeat(50)}x`, `e${'\u0301'.repeat(4)}x`],
  ['lone surrogates', 'a\ud800b\udc00c', 'a\ufffdb\ufffdc'],
  ['two halves of a pair with a control between', '\ud83d\u0007\ude00', '\ufffd\ufffd'],
  ['tabs and line separators', 'a\tb\u2028c', 'a b c'],
])('given %s, when sanitised, then only harmless text is left', (_what, hostile, harmless) => {
  expect(sanitize(hostile)).toBe(harmless);
});

test.each([
  'plain text',
  'two\nlines',
  'Grüße, 世界 😀',
  'ñ e\u0301',
  'שלום',
])('given the honest text %j, when sanitised, then it is unchanged', (text) => {
  expect(sanitize(text)).toBe(text);
});

test('given text of several lines, when sanitised for a table cell, then it is one line', () => {
  expect(sanitizeLine('a \n\n b')).toBe('a b');
});

test('given hostile text in a JSON value, when printed, then no dangerous character is written and the value is exact', () => {
  const value = { 'k\u202e': `\u001b[2J\u009b2J\u200b\u007f${'\u0301'.repeat(9)}\ud800\u2028` };
  const text = safeJson(value);
  expect(JSON.parse(text)).toEqual(value);
  expect(sanitize(text)).toBe(text);
});

test.each([
  ['JSON', '{"n": 1.0,\n\t"big": 12345678901234567890}', '{"n": 1.0, "big": 12345678901234567890}'],
  ['JSON with invisible letters', '"a\u202eb\u009bc"', '"a\\u202eb\\u009bc"'],
  ['no JSON', 'a\u001b[2J\nb', 'a b'],
])('given a text that is %s, when made safe as it is, then digits stay, danger goes, and it is one line', (_what, text, safe) => {
  expect(safeJsonText(text)).toBe(safe);
});

test('given 200,000 random hostile texts, when sanitised, then nothing dangerous is left and a second pass changes nothing', () => {
  const random = seeded(20_260_101);
  const dangerous = /(?!\n)[\p{Cc}\p{Cf}\p{Default_Ignorable_Code_Point}\p{Surrogate}\p{Zl}\p{Zp}]|\p{M}{5}/u;
  const failures: string[] = [];
  for (let count = 0; count < 200_000; count++) {
    const hostile = hostileText(random);
    const once = sanitize(hostile);
    if (dangerous.test(once) || sanitize(once) !== once) failures.push(JSON.stringify(hostile));
  }
  expect(failures).toEqual([]);
});
