import { expect, test } from 'vitest';
import { calculate } from '../../src/demo/calculate.js';

test('given two numbers to add, when calculated, then the result is their sum', () => {
  expect(calculate({ action: 'add', x: 19, y: 23 })).toEqual({ result: 42 });
});

test.each([
  ['no object', 'add', 'the payload must be an object'],
  ['a list', [1, 2], 'the payload must be an object'],
  ['null', null, 'the payload must be an object'],
  ['another action', { action: 'sing' }, 'action must be "add"'],
  ['a text for a number', { action: 'add', x: '1', y: 2 }, 'x and y must be numbers'],
  ['no numbers', { action: 'add' }, 'x and y must be numbers'],
  ['a sum beyond numbers', { action: 'add', x: 1.7e308, y: 1.7e308 }, 'the sum is too large for a number'],
])('given %s, when calculated, then the answer explains what is understood', (_what, payload, detail) => {
  expect(calculate(payload)).toMatchObject({ error: 'bad_request', detail, example: { action: 'add' } });
});
