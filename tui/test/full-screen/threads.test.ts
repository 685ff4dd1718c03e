import { expect, test } from 'vitest';
import { screen } from './frame.js';
import {
  answerThread,
  answerThreads,
  entry,
  nowMs,
  opsMessages,
  type Stage,
  stage,
  tellStory,
  threads,
} from './story.js';

function browsing(): Stage {
  const browsed = stage({ columns: 80, rows: 24 });
  tellStory(browsed);
  browsed.press('3');
  answerThreads(browsed);
  return browsed;
}

function reading(): Stage {
  const read = browsing();
  read.press('down', 'enter');
  answerThread(read);
  return read;
}

test('given the first look at Threads, when it opens, then the list is asked for once', () => {
  const browsed = browsing();
  browsed.press('1', '3');
  expect(browsed.effects.filter((effect) => effect.do === 'loadThreads')).toEqual([{ do: 'loadThreads', filter: '' }]);
  expect(screen(browsed)).toMatch(/❯ ops_2 +@guide @echo +1 /);
  expect(screen(browsed)).toContain('compact!');
});

test('given more pages, when going beyond the last row, then the next is asked for and goes behind, none twice', () => {
  const browsed = browsing();
  browsed.model.dispatch({ type: 'threadsLoaded', filter: '', isFirstPage: true, rows: threads, cursor: 'next' });
  browsed.press('G', 'G');
  expect(browsed.effects.filter((effect) => effect.do === 'loadThreads' && effect.cursor === 'next')).toHaveLength(1);
  const later = threads.map((row, index) => (index === 0 ? row : { ...row, threadId: `later_${index}` }));
  browsed.model.dispatch({ type: 'threadsLoaded', filter: '', isFirstPage: false, rows: later });
  expect(screen(browsed)).toContain('5 threads');
  expect(screen(browsed)).toMatch(/❯ demo_83c3dd96[\s\S]*later_1/);
});

test('given a filter, when the answer to an older one comes late, then it is not shown', () => {
  const browsed = browsing();
  browsed.press('/');
  browsed.type('@poet');
  browsed.press('enter');
  expect(browsed.effects.at(-1)).toEqual({ do: 'loadThreads', filter: '@poet' });
  answerThreads(browsed);
  browsed.model.dispatch({ type: 'threadsLoaded', filter: '@poet', isFirstPage: true, rows: [] });
  expect(screen(browsed)).toContain('No thread fits "@poet"');
});

test('given an open thread, when scrubbed, then it is shown as it was then, and the newest follows again', () => {
  const read = reading();
  expect(screen(read)).toMatch(/3\/3 \+3\.0s live/);
  read.press('left', 'left');
  expect(screen(read)).toMatch(/❯ 03:03:56 request +@guide → @echo[\s\S]*1\/3 \+0ms held/);
  read.model.dispatch({
    type: 'threadLoaded',
    threadId: 'ops_1',
    isNewest: true,
    rows: [entry('m5', 'poet', 'guide', { text: 'late', sentMs: nowMs })],
  });
  expect(screen(read)).toContain('1/4');
  read.press('G');
  expect(screen(read)).toMatch(/❯ 03:04:05 direct +@poet → @guide\n +late[\s\S]*4\/4 .* live/);
});

test('given an open thread, when shown as a diagram, then each message is an arrow from its sender to its addressee', () => {
  const read = reading();
  read.press('d');
  const shown = screen(read);
  expect(shown).toMatch(/@guide +@echo +@poet/);
  expect(shown).toMatch(/│─ request Is any.*▶│ +│/);
  expect(shown).toMatch(/│◀─ reply Is anyb.*│ +│/);
  expect(shown).toMatch(/│─ request a poem about rivers ─+▶│/);
});

test('given older messages, when going before the first, then they are asked for and the place is kept', () => {
  const read = reading();
  read.model.dispatch({ type: 'threadLoaded', threadId: 'ops_1', isNewest: false, rows: [], cursor: 'older' });
  read.press('g');
  expect(read.effects.at(-1)).toEqual({ do: 'loadThread', threadId: 'ops_1', cursor: 'older' });
  read.model.dispatch({
    type: 'threadLoaded',
    threadId: 'ops_1',
    isNewest: false,
    rows: [entry('m0', 'guide', 'echo', { text: 'first', sentMs: nowMs - 20_000 })],
  });
  expect(screen(read)).toMatch(/❯ .*request[\s\S]*2\/4/);
});

test('given a followed thread, when traffic of it passes, then it is asked for again; other traffic changes nothing', () => {
  const read = reading();
  const before = read.effects.length;
  const heard = {
    type: 'message',
    atMs: nowMs,
    subject: '',
    bytes: 1,
    channel: 'inbox',
    messageId: 'm7',
    traceId: 'm7',
    kind: 'direct',
    from: {},
    to: {},
    isSigned: false,
    wantsReply: false,
    text: '',
    json: '',
    isCut: false,
  } as const;
  read.model.dispatch({ type: 'traffic', events: [{ ...heard, threadId: 'other' }] });
  expect(read.effects).toHaveLength(before);
  read.model.dispatch({ type: 'traffic', events: [{ ...heard, threadId: 'ops_1' }] });
  expect(read.effects.at(-1)).toEqual({ do: 'loadThread', threadId: 'ops_1' });
});

test('given an open thread, when searched, exported, copied and talked to, then each acts on it', () => {
  const read = reading();
  read.press('/');
  read.type('anybody');
  read.press('enter', 'n');
  expect(screen(read)).toMatch(/\/anybody[\s\S]*2\/3/);
  read.press('E', 'y', 'i');
  expect(read.effects.slice(-2)).toEqual([
    { do: 'exportThread', threadId: 'ops_1', format: 'jsonl' },
    { do: 'copy', text: opsMessages[1]?.messageId, what: 'id' },
  ]);
  read.press('c');
  expect(screen(read)).toMatch(/Chat › ops_1[\s\S]*─ to @poet/);
});
