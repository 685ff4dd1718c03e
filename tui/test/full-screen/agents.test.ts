import { expect, test } from 'vitest';
import { screen } from './frame.js';
import { accounts, nowMs, type Stage, stage, tellStory } from './story.js';

function looking(): Stage {
  const looked = stage({ columns: 100, rows: 24 });
  tellStory(looked);
  looked.press('4');
  return looked;
}

test('given the roster, when shown, then it tells presence, capabilities and who is signed', () => {
  const shown = screen(looking());
  expect(shown).toMatch(/@poet +The Poet +text\.poem, text\.haiku +2\.3s +1 ✓ signed/);
  expect(shown).toMatch(/@guide +Guide +- +42s +1 · claimed/);
});

test('given a chosen agent, when the list changes, then it stays chosen', () => {
  const looked = looking();
  looked.press('G');
  const { rows } = looked.model.snapshot().agents;
  looked.model.dispatch({ type: 'agentsLoaded', rows: rows.slice(1) });
  expect(screen(looked)).toMatch(/❯ @poet/);
});

test('given an agent, when opened, then its profile is asked for and shown, and t leads to its threads', () => {
  const looked = looking();
  looked.press('G', 'enter');
  expect(looked.effects.at(-1)).toEqual({ do: 'loadProfile', accountId: accounts.poet });
  const { rows } = looked.model.snapshot().agents;
  const row = rows.find(({ accountId }) => accountId === accounts.poet);
  if (!row) throw new Error('the poet is missing');
  looked.model.dispatch({
    type: 'profileLoaded',
    profile: { ...row, online: true, createdMs: nowMs - 86_400_000, json: '{"a":1}' },
  });
  expect(screen(looked)).toMatch(/Agents › @poet[\s\S]*trust +✓ signed[\s\S]*since +2026-01-01 03:04:05 UTC/);
  looked.press('y', 'c');
  expect(looked.effects.at(-1)).toEqual({
    do: 'copy',
    what: 'command',
    text: `agentnet profile --account-id ${accounts.poet} --nats-url nats://127.0.0.1:4222`,
  });
  looked.press('t');
  expect(looked.effects.at(-1)).toEqual({ do: 'loadThreads', filter: '@poet' });
});

test('given a registry that does not answer, when asked, then it is said, and the old list stays', () => {
  const looked = looking();
  looked.model.dispatch({ type: 'agentsFailed', error: '[registry_unavailable] nobody answers' });
  expect(screen(looked)).toContain('registry: [registry_unavailable]');
  expect(screen(looked)).toContain('@poet');
});

test('given a lost connection, when it is told, then it is shown with its age, and nothing is asked until it is back', () => {
  const looked = looking();
  looked.model.dispatch({ type: 'link', status: 'down', detail: 'connection lost' });
  const asked = looked.effects.length;
  looked.pass(10_000);
  looked.model.dispatch({ type: 'tick' });
  expect(screen(looked)).toMatch(/✗ no connection, 10s[\s\S]*connection lost/);
  expect(looked.effects).toHaveLength(asked);
  looked.model.dispatch({ type: 'link', status: 'up', detail: '' });
  looked.model.dispatch({ type: 'tick' });
  expect(looked.effects.at(-1)).toEqual({ do: 'loadAgents' });
});

test('given the command bar, when the words of the command line are written, then they act as there', () => {
  const looked = looking();
  const bar = (line: string) => {
    looked.press(':');
    looked.type(line);
    looked.press('enter');
  };
  bar('thread-messages --thread-id "ops 7"');
  expect(looked.effects.at(-1)).toEqual({ do: 'loadThread', threadId: 'ops 7' });
  bar('threads --participant-username echo');
  expect(looked.effects.at(-1)).toEqual({ do: 'loadThreads', filter: '@echo' });
  bar('request --to-capability text.poem rivers');
  expect(looked.effects.at(-1)).toMatchObject({
    do: 'ask',
    asking: { to: 'capability:text.poem', text: 'rivers', wantsReply: true },
  });
  looked.press('esc');
  bar('threads --color red');
  expect(screen(looked)).toContain('no option --color here; --query --participant-username');
});

test('given words of the command line that show nothing here, when written in the command bar, then the way to the shell is told', () => {
  const inShell = ['completion', 'conformance', 'tui', 'up'];
  for (const word of inShell) {
    const looked = looking();
    looked.press(':');
    looked.type(word);
    looked.press('enter');
    expect(screen(looked)).toContain(`${word} is for the shell: ctrl+z, agentnet ${word}, then fg`);
  }
});

test('given the help, when it is opened on different screens, then it begins with what that screen is about', () => {
  const looked = looking();
  looked.press('4', '?');
  expect(screen(looked)).toContain('Who is online. ? esc q close this help.');
  looked.press('esc', '3', '?');
  expect(screen(looked)).toContain('What has been recorded, a row for each thread.');
});

test('given an answer that is awaited, when quitting, then it asks first, and ctrl+c a second time goes', () => {
  const looked = looking();
  looked.press('2');
  looked.type('@poet a haiku');
  looked.press('enter', 'esc', 'q');
  expect(screen(looked)).toContain('An answer is still awaited. Quit? y yes  n no');
  looked.press('n');
  expect(looked.effects).not.toContainEqual({ do: 'quit' });
  looked.press('ctrl+c', 'ctrl+c');
  expect(looked.effects.at(-1)).toEqual({ do: 'quit' });
});
