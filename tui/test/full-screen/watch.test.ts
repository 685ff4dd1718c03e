import { expect, test } from 'vitest';
import { screen } from './frame.js';
import { message, nowMs, receipt, type Stage, stage, tellStory } from './story.js';

function watching(): Stage {
  const watched = stage({ columns: 120, rows: 24 });
  tellStory(watched);
  return watched;
}

const more = (count: number, from = 0) =>
  Array.from({ length: count }, (_, index) =>
    message({ messageId: `more_${from + index}`, text: `number ${from + index}`, atMs: nowMs + index }),
  );

test('given a request with receipts and reply, when it is shown, then it is one row with state and time', () => {
  const shown = screen(watching());
  expect(shown).toMatch(/● replied +122ms request +@guide +@echo +Is anybody there\? ⟶ Is anybody there\?/);
  expect(shown).toMatch(/✗ rejected +10ms request +@guide +⚙text\.poem +busy: the queue is full ⟵ a poem/);
  expect(shown).toMatch(/◔ accepted +4\.0s direct/);
  expect(shown).toContain('4 messages  1 fault');
});

test('given a paused list, when more comes, then the list stands still, the new ones are counted, and following shows them all', () => {
  const watched = watching();
  watched.press('p');
  watched.model.dispatch({ type: 'traffic', events: more(30) });
  expect(screen(watched)).toContain('‖ paused  30 new ↓  3/3');
  expect(screen(watched)).not.toContain('number 29');
  watched.press('G');
  expect(screen(watched)).toContain('number 29');
  expect(screen(watched)).toContain('▼ following 33/33');
});

test('given a paused conversation, when its receipt comes, then the row stays and following shows what came of it', () => {
  const watched = watching();
  watched.press('p');
  watched.model.dispatch({ type: 'traffic', events: [receipt('m4', 'processed', { atMs: nowMs })] });
  expect(screen(watched)).toContain('◔ accepted');
  watched.press('p');
  expect(screen(watched)).not.toContain('◔ accepted');
});

test('given a chosen row, when opened, then a waterfall tells what happened when, and esc leads back', () => {
  const watched = watching();
  watched.press('k', 'k', 'enter');
  const opened = screen(watched);
  expect(opened).toMatch(/request +@guide +\+0ms ●/);
  expect(opened).toMatch(/accepted +@echo +\+4ms ━*●/);
  expect(opened).toMatch(/reply +@echo +\+120ms ·*━+●/);
  expect(opened).toContain('thread    ops_1');
  watched.press('esc');
  expect(screen(watched)).toContain('FROM');
});

test('given events of one millisecond, when their conversation is opened, then the cause comes before its effect', () => {
  const watched = stage({ columns: 120, rows: 24 });
  const events = [
    message({ messageId: 'quick', kind: 'request', text: 'now?', atMs: nowMs }),
    receipt('quick', 'accepted', { atMs: nowMs }),
  ];
  watched.model.dispatch({ type: 'traffic', events });
  watched.press('enter');
  expect(screen(watched)).toMatch(/\nrequest +acct\S+ +\+0ms [^\n]*\naccepted +acct/);
});

test('given a reply that stands for the receipts, when its conversation is opened, then the waterfall says so', () => {
  const watched = stage({ columns: 120, rows: 24 });
  const events = [
    message({ messageId: 'quick', kind: 'request', text: 'now?', atMs: nowMs }),
    message({ messageId: 'a1', kind: 'reply', parentMessageId: 'quick', parentStatus: 'processed', atMs: nowMs + 2 }),
  ];
  watched.model.dispatch({ type: 'traffic', events });
  expect(screen(watched)).toMatch(/● replied +2ms request/);
  watched.press('enter');
  expect(screen(watched)).toMatch(/\nreply, processed +acct\S+ +\+2ms /);
});

test('given a filter, when typed, then only what fits is left; a wrong one is explained where it is typed', () => {
  const watched = watching();
  watched.press('F');
  watched.type('status:nonsense');
  watched.press('enter');
  expect(screen(watched)).toContain('status is one of sent, accepted');
  watched.press('ctrl+u');
  watched.type('from:@guide kind:direct');
  watched.press('enter');
  expect(screen(watched)).toContain('Watch › from:@guide kind:direct');
  expect(screen(watched)).toContain('fire and forget');
  expect(screen(watched)).not.toContain('a poem');
  watched.press('esc');
  expect(screen(watched)).toContain('a poem');
});

test('given faults only, when toggled, then only what went wrong is left', () => {
  const watched = watching();
  watched.press('!');
  expect(screen(watched)).toContain('busy');
  expect(screen(watched)).not.toContain('fire and forget');
});

test('given a search, when matches are stepped through, then the list holds still on them', () => {
  const watched = watching();
  watched.press('/');
  watched.type('rivers');
  watched.press('enter');
  expect(screen(watched)).toMatch(/❯ .*a poem/);
  watched.press('n');
  expect(screen(watched)).toMatch(/❯ .*a poem/);
});

test('given a conversation, when t is pressed, then its thread opens, and esc leads back to Watch', () => {
  const watched = watching();
  watched.press('t');
  expect(watched.effects.at(-1)).toEqual({ do: 'loadThread', threadId: 'ops_2' });
  watched.press('esc');
  expect(screen(watched)).toContain('[1 Watch]');
});

test('given thousands of conversations, when they pass, then what is kept is bounded', () => {
  const watched = watching();
  for (let batch = 0; batch < 10; batch++)
    watched.model.dispatch({ type: 'traffic', events: more(1000, batch * 1000) });
  const { traffic } = watched.model.snapshot().watch;
  expect(traffic.conversations.size).toBe(traffic.bounds.conversations);
  expect(screen(watched)).toContain('number 9999');
});
