import stringWidth from 'string-width';
import { expect, test } from 'vitest';
import { textOf } from '../../src/layout/line.js';
import { cut, fit, narrow, wrap } from '../../src/layout/text-width.js';
import { frameLines } from '../../src/screens/frame-lines.js';
import { accounts, answerThread, answerThreads, entry, message, nowMs, type Stage, stage, tellStory } from './story.js';

const sizes = [
  [1, 1],
  [7, 3],
  [20, 7],
  [21, 8],
  [33, 9],
  [40, 12],
  [59, 13],
  [80, 24],
  [101, 31],
  [200, 60],
] as const;

const awkward = `漢字🙂e\u0301\u0301 \u001b[31mred\u0007 \u202e${'long'.repeat(100)}`;

/** Ways to everything that can be on the screen. */
const ways: Record<string, (told: Stage) => void> = {
  watch: () => undefined,
  paused: ({ press }) => press('k', 'k'),
  conversation: ({ press }) => press('G', 'enter', 'pagedown'),
  filter: ({ press, type }) => {
    press('F');
    type(`with:@ ${awkward}`);
  },
  complaint: ({ press, type }) => {
    press(':');
    type('nonsense');
    press('enter');
  },
  copy: ({ press }) => press('y'),
  help: ({ press }) => press('?', 'pagedown'),
  chat: ({ press, type, model }) => {
    press('2');
    type(`@poet ${awkward}`);
    press('enter');
    type(`${awkward}`);
    press('alt+enter', 'alt+enter');
    model.dispatch({ type: 'incoming', threadId: 'thread_tui_story_1', from: 'x', text: awkward.repeat(3), id: 'i' });
  },
  commands: ({ press }) => press('2', 'esc'),
  threads: (told) => {
    told.press('3');
    answerThreads(told);
  },
  transcript: (told) => {
    told.press('3');
    answerThreads(told);
    told.press('down', 'enter');
    answerThread(told, [
      entry('m0', 'guide', 'echo', { text: awkward, kind: awkward, sentMs: Number.NaN }),
      entry('m1', 'echo', 'poet', { text: awkward }),
    ]);
  },
  diagram: (told) => {
    ways['transcript']?.(told);
    told.press('d');
  },
  agents: ({ press }) => press('4'),
  agent: ({ press }) => press('4', 'enter'),
};

test.each(
  Object.entries(ways),
)('given any size, when %s is shown, then no line is too wide and never all rows are used', (_name, go) => {
  for (const [columns, rows] of sizes) {
    const told = stage({ columns, rows });
    tellStory(told);
    const odd = { from: { accountId: accounts.poet, label: awkward }, to: { capability: awkward } };
    told.model.dispatch({
      type: 'traffic',
      events: [message({ messageId: awkward, text: awkward, kind: awkward, atMs: nowMs, ...odd })],
    });
    go(told);
    const lines = frameLines(told.model.snapshot()).map(textOf);
    expect(lines.length).toBeLessThanOrEqual(Math.max(0, rows - 1));
    for (const line of lines) {
      expect(line).not.toMatch(/[\p{Cc}\u202e]/u);
      expect(stringWidth(line), `${columns}x${rows}: ${line}`).toBeLessThanOrEqual(columns);
    }
  }
});

test('given any text and width, when cut, fitted and wrapped, then nothing is too wide and no character is broken', () => {
  const texts = [
    '',
    'plain text with words',
    '漢字漢字漢字',
    '👩‍👩‍👧 family',
    'e\u0301'.repeat(30),
    'a'.repeat(99),
    ' leading',
    'two\nlines',
  ];
  for (const text of texts) {
    for (let width = 1; width < 30; width++) {
      const line = text.replaceAll('\n', ' ');
      expect(stringWidth(cut(line, width))).toBeLessThanOrEqual(width);
      expect(stringWidth(fit(line, width))).toBe(width);
      for (const part of wrap(text, width)) expect(stringWidth(part)).toBeLessThanOrEqual(width);
    }
    const words = text.replaceAll(/\s+/g, '');
    expect(wrap(text, 12).join('').replaceAll(/\s+/g, '')).toBe(words);
  }
});

test('given the characters that are counted without looking, when measured, then each takes one column', () => {
  for (let code = 0x20; code <= 0x2fff; code++) {
    const character = String.fromCharCode(code);
    if (narrow.test(character)) expect([code, stringWidth(character)]).toEqual([code, 1]);
  }
  expect(narrow.test('漢')).toBe(false);
});
