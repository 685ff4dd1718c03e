import { PassThrough } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { showsColour } from '../../src/output/paint.js';
import { openTerminal } from '../../src/output/terminal.js';

test.each([
  [true, {}, true],
  [false, {}, false],
  [true, { NO_COLOR: '1' }, false],
  [true, { NO_COLOR: '' }, true],
  [true, { TERM: 'dumb' }, false],
  [false, { FORCE_COLOR: '1' }, true],
  [true, { FORCE_COLOR: '0' }, false],
  [false, { FORCE_COLOR: '1', NO_COLOR: '1' }, false],
])('given a terminal (%s) and the environment %j, when asked for colours, then the answer is %s', (isTTY, environment, colours) => {
  expect(showsColour({ isTTY }, environment)).toBe(colours);
});

describe('given a line of hostile pieces', () => {
  const lineWith = (environment: NodeJS.ProcessEnv) => {
    const out = new PassThrough() as unknown as NodeJS.WriteStream;
    const terminal = openTerminal(out, new PassThrough() as unknown as NodeJS.WriteStream, environment);
    terminal.printLine(['\u001b[2Ja', { text: '\u001b[31mb\u0007', style: 'green' }, { text: '\u001b', style: 'red' }]);
    return String(out.read());
  };

  test('when printed in colour, then only our own escape sequences are written', () => {
    expect(lineWith({ FORCE_COLOR: '1' })).toBe('a\u001b[32mb\u001b[0m\n');
  });

  test('when printed without colour, then none are', () => {
    expect(lineWith({ NO_COLOR: '1' })).toBe('ab\n');
  });
});
