import { expect, test } from 'vitest';
import type { Effect } from '../../src/state/effect.js';
import { reportLinesMost } from '../../src/state/report.js';
import { screen } from './frame.js';
import { type Stage, stage, tellStory } from './story.js';

type ReportEffect = Extract<Effect, { do: 'report' }>;

function asked(command: string): Stage {
  const told = stage({ columns: 80, rows: 14 });
  tellStory(told);
  told.press(':');
  told.type(command);
  told.press('enter');
  return told;
}

function reports({ effects }: Stage): ReportEffect[] {
  return effects.filter((effect) => effect.do === 'report');
}

function question(told: Stage) {
  const last = reports(told).at(-1);
  if (!last) throw new Error('nothing was asked');
  return last.question;
}

const numbered = (count: number, from = 0) => Array.from({ length: count }, (_, index) => `line ${from + index}`);

test.each([
  'doctor',
  'metrics',
  'contexts',
] as const)('given the command bar, when %s is typed, then it is asked and its answer lies over the screen until esc', (about) => {
  const told = asked(about);
  expect(reports(told)).toEqual([{ do: 'report', question: { about }, columns: 80 }]);
  expect(screen(told)).toMatch(new RegExp(`Watch › ${about}[\\s\\S]*asking …`));
  told.model.dispatch({ type: 'reported', question: question(told), lines: ['all is well', 'w'.repeat(90)] });
  expect(screen(told)).toMatch(/all is well\nw{80}\nw{10}\n/);
  expect(screen(told)).not.toContain('asking');
  told.press('esc');
  expect(screen(told)).not.toContain('all is well');
});

test('given an answer, when scrolled, then every line of it can be seen, and r asks again', () => {
  const told = asked('doctor');
  told.model.dispatch({ type: 'reported', question: question(told), lines: numbered(30) });
  expect(screen(told)).not.toContain('line 29');
  told.press('G');
  expect(screen(told)).toContain('line 29');
  told.press('g', 'down');
  expect(screen(told)).not.toMatch(/line 0$/m);
  told.press('r');
  expect(reports(told)).toHaveLength(2);
  expect(screen(told)).toContain('asking …');
});

test('given an answer to what was asked before, when it comes late, then it is not shown', () => {
  const told = asked('metrics');
  const late = question(told);
  told.press('r');
  told.model.dispatch({ type: 'reported', question: late, lines: ['too late'] });
  expect(screen(told)).not.toContain('too late');
  told.press('esc');
  told.model.dispatch({ type: 'reportFailed', question: question(told), error: 'too late' });
  expect(screen(told)).not.toContain('too late');
});

test('given more than one page of messages, when going beyond the end, then the next is asked for once and goes behind', () => {
  const told = asked('message-search from:@echo "two words"');
  expect(question(told)).toEqual({ about: 'message-search', filter: 'from:@echo "two words"' });
  told.model.dispatch({ type: 'reported', question: question(told), lines: numbered(20), cursor: 'next' });
  told.press('down');
  expect(reports(told)).toHaveLength(1);
  told.press('G', 'G', 'down');
  expect(reports(told).map(({ cursor }) => cursor)).toEqual([undefined, 'next']);
  told.model.dispatch({ type: 'reportFailed', question: question(told), error: '[timeout] no answer' });
  told.press('G');
  expect(reports(told)).toHaveLength(3);
  told.model.dispatch({ type: 'reported', question: question(told), lines: numbered(5, 20) });
  told.press('G');
  expect(screen(told)).toMatch(/line 19\nline 20[\s\S]*line 24/);
  told.press('G');
  expect(reports(told)).toHaveLength(3);
});

test('given pages without end, when they are asked for, then a bounded number of lines is kept', () => {
  const told = asked('message-search');
  told.model.dispatch({ type: 'reported', question: question(told), lines: numbered(reportLinesMost), cursor: 'next' });
  told.press('G', 'G');
  expect(screen(told)).toContain('No more is kept here');
  expect(reports(told)).toHaveLength(1);
});

test.each([
  ['message-search colour:red', /filter, character 1/],
  ['message-search --thread-id x', /options are for the shell/],
  ['metrics --json', /no option --json here; it takes none/],
  ['contexts use live', /contexts use is for the shell/],
])('given %s, when typed, then nothing is asked and it is said why', (command, complaint) => {
  const told = asked(command);
  expect(reports(told)).toEqual([]);
  expect(screen(told)).toMatch(complaint);
});
