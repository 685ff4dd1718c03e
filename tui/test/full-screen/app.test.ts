import { stripVTControlCharacters } from 'node:util';
import { cleanup, render } from 'ink-testing-library';
import { createElement } from 'react';
import { afterEach, expect, test } from 'vitest';
import { App } from '../../src/components/app.js';
import { eventually } from '../eventually.js';
import { frame } from './frame.js';
import { stage, tellStory } from './story.js';

afterEach(cleanup);

/** Effects of the first painting listen to the keyboard. */
async function mounted({ isColoured = false } = {}) {
  const told = stage({ columns: 80, rows: 24 });
  tellStory(told);
  const app = render(createElement(App, { model: told.model, isColoured }));
  const painted = () => (app.lastFrame() ?? '').split('\n').map((line) => line.trimEnd());
  await eventually(() => (painted().length > 1 ? true : undefined));
  return { told, app, painted };
}

test('given a state, when painted by Ink, then the screen is what the state says, line for line', async () => {
  const { told, painted } = await mounted();
  expect(painted()).toEqual(frame(told));
});

test('given colours, when painted by Ink, then the same text comes in colour, and no colour runs on into the next line', async () => {
  const { told, app, painted } = await mounted({ isColoured: true });
  expect(painted().map((line) => stripVTControlCharacters(line).trimEnd())).toEqual(frame(told));
  expect(app.lastFrame()).toContain('\u001b[31m\u001b[1m✗\u001b[22m\u001b[39m');
});

test('given several keys in one piece, when they arrive, then none is lost', async () => {
  const { told, app, painted } = await mounted();
  app.stdin.write('2');
  app.stdin.write('@poet hel');
  app.stdin.write('lo\r');
  await eventually(() => (painted().some((line) => line.includes('you → @poet')) ? true : undefined));
  expect(told.effects).toMatchObject([{ do: 'loadAgents' }, { do: 'ask', asking: { to: '@poet', text: 'hello' } }]);
});

test('given pasted text with line breaks, when it comes between the marks of a terminal, then it is written and not sent', async () => {
  const { told, app, painted } = await mounted();
  app.stdin.write('2');
  app.stdin.write('\u001b[200~@poet one\rtwo\u001b[201~');
  await eventually(() => (painted().some((line) => line.includes('two▏')) ? true : undefined));
  expect(told.effects).toHaveLength(1);
});
