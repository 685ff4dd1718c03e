import { expect, test } from 'vitest';
import { frame, screen } from './frame.js';
import { accounts, entry, type Stage, stage, tellStory } from './story.js';

function chatting(isObserver = false): Stage {
  const chat = stage({ columns: 80, rows: 24 }, isObserver);
  tellStory(chat);
  chat.press('2');
  return chat;
}

const asks = ({ effects }: Stage) => effects.flatMap((effect) => (effect.do === 'ask' ? [effect.asking] : []));

function ask(chat: Stage, text = '@poet a haiku') {
  chat.type(text);
  chat.press('enter');
  const asking = asks(chat).at(-1);
  if (!asking) throw new Error('nothing was asked');
  return asking;
}

test('given @ and the beginning of a name, when tab is pressed, then the name is completed from the registry', () => {
  const chat = chatting();
  chat.type('@po');
  expect(screen(chat)).toContain('tab: @poet');
  chat.press('tab');
  expect(screen(chat)).toContain('❯ @poet ▏');
});

test('given an answer in pieces, when they arrive, then the answer grows, and ends with the whole text', () => {
  const chat = chatting();
  const { threadId, entryId, to, text } = ask(chat);
  expect({ to, text }).toEqual({ to: '@poet', text: 'a haiku' });
  expect(screen(chat)).toMatch(/○ you → @poet .* pending 0ms …/);
  for (const piece of ['an old ', 'pond']) chat.model.dispatch({ type: 'answerGrew', threadId, entryId, text: piece });
  expect(screen(chat)).toMatch(/≈ @poet .*streaming.*\n {2}an old pond/);
  chat.pass(2000);
  chat.model.dispatch({ type: 'answered', threadId, entryId, text: 'an old pond\na frog' });
  expect(screen(chat)).toMatch(/● you → @poet +[\d:]+ +2\.0s\n.*\n● @poet .*\n {2}an old pond\n {2}a frog/);
});

test('given a failure, when resent, then it is the same operation: the same key, thread and text', () => {
  const chat = chatting();
  const asking = ask(chat);
  chat.model.dispatch({
    type: 'askFailed',
    threadId: asking.threadId,
    entryId: asking.entryId,
    error: '[busy] the queue is full',
  });
  expect(screen(chat)).toMatch(/✗ you → @poet .*failed.*\n {2}a haiku\n {2}\[busy\] the queue is full/);
  chat.press('ctrl+r');
  expect(asks(chat)).toEqual([asking, asking]);
  expect(screen(chat)).toContain('pending');
  expect(screen(chat)).not.toContain('the queue is full');
});

test('given a pending question, when cancelled, then a late answer changes nothing', () => {
  const chat = chatting();
  const { threadId, entryId } = ask(chat);
  chat.press('ctrl+x');
  expect(chat.effects.at(-1)).toEqual({ do: 'cancel', entryId });
  chat.model.dispatch({ type: 'answered', threadId, entryId, text: 'too late' });
  expect(screen(chat)).toContain('⊘ you → @poet');
  expect(screen(chat)).not.toContain('too late');
});

test('given drafts in two threads, when going between them, then each keeps its own', () => {
  const chat = chatting();
  chat.type('first draft');
  chat.press('ctrl+t');
  chat.type('second draft');
  chat.press('ctrl+n');
  expect(screen(chat)).toContain('❯ first draft▏');
  chat.press('ctrl+n');
  expect(screen(chat)).toContain('❯ second draft▏');
});

test('given several lines and what was sent before, when up and down are pressed, then they move in the text first', () => {
  const chat = chatting();
  ask(chat);
  chat.type('one');
  chat.press('alt+enter');
  chat.type('two');
  expect(frame(chat).slice(-4)).toEqual([expect.stringContaining('─ to @poet'), '❯ one', '  two▏', expect.anything()]);
  chat.press('up', 'up');
  expect(screen(chat)).toContain('❯ a haiku▏');
  chat.press('down');
  expect(screen(chat)).toContain('❯ ▏');
});

test('given pasted lines, when they come between paste marks, then nothing is sent until enter', () => {
  const chat = chatting();
  chat.model.key('[200~', {});
  chat.model.key('@poet one\rtwo', {});
  chat.model.key('', { return: true });
  chat.model.key('three', {});
  chat.model.key('[201~', {});
  expect(asks(chat)).toEqual([]);
  chat.press('enter');
  expect(asks(chat)).toMatchObject([{ to: '@poet', text: 'one\ntwo\nthree' }]);
});

test('given a whole line in one piece, when its end is enter, then it is sent', () => {
  const chat = chatting();
  chat.type('@poet quick\r');
  expect(asks(chat)).toMatchObject([{ text: 'quick' }]);
});

test('given slash commands, when written, then they act, and an unknown one is explained', () => {
  const chat = chatting();
  for (const line of ['/to capability:text.poem', '/showthread', '/send no answer needed', '/nonsense']) {
    chat.type(line);
    chat.press('enter');
  }
  expect(screen(chat)).toContain('this thread is thread_tui_story_1');
  expect(asks(chat)).toMatchObject([{ to: 'capability:text.poem', wantsReply: false }]);
  expect(screen(chat)).toContain('there is no /nonsense');
  chat.press('ctrl+u');
  chat.type('/thread ops_1');
  chat.press('enter');
  expect(chat.effects.at(-1)).toEqual({ do: 'loadRoom', threadId: 'ops_1' });
  chat.model.dispatch({
    type: 'roomLoaded',
    threadId: 'ops_1',
    messages: [entry('m9', 'echo', 'guide', { text: 'from before' })],
  });
  expect(screen(chat)).toMatch(/@echo .*\n {2}from before/);
  chat.type('/quit');
  chat.press('enter');
  expect(chat.effects.at(-1)).toEqual({ do: 'quit' });
});

test('given a notice, when it has been read and a key is pressed, then the keys stand there again', () => {
  const chat = chatting();
  chat.type('/nonsense');
  chat.press('enter', 'ctrl+u');
  expect(screen(chat)).toContain('there is no /nonsense');
  chat.pass(1000);
  chat.type('x');
  expect(screen(chat)).not.toContain('there is no /nonsense');
  expect(screen(chat)).toContain('esc commands');
});

test('given somebody who writes to the operator, when on another screen, then it is counted, and waits in its thread', () => {
  const chat = chatting();
  chat.press('esc', '1');
  chat.model.dispatch({ type: 'incoming', threadId: 'ops_9', from: accounts.poet, text: 'psst', id: 'in1' });
  expect(screen(chat)).toContain('2 Chat (1)');
  chat.press('2', 'ctrl+n');
  expect(screen(chat)).toMatch(/@poet .*\n {2}psst/);
  expect(screen(chat)).not.toContain('(1)');
});

test('given an observer, when something is written, then nothing is sent', () => {
  const chat = chatting(true);
  chat.type('@poet a haiku');
  chat.press('enter');
  expect(asks(chat)).toEqual([]);
  expect(screen(chat)).toContain('observers do not send');
  expect(screen(chat)).toContain('a haiku▏');
});

test('given escape and a letter pressed quickly, when they look like the letter with Alt, then both count', () => {
  const chat = chatting();
  chat.press('alt+?');
  expect(screen(chat)).toContain('Chat, commands');
});

test('given control keys and words in one piece, when they arrive, then each does what it does alone', () => {
  const chat = chatting();
  chat.type('@poet wrong\u0015@poet enter\u0017up\u007f\r');
  expect(asks(chat)).toMatchObject([{ to: '@poet', text: 'u' }]);
});
