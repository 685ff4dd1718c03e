import { EventEmitter } from 'node:events';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { render } from 'ink';
import { createElement } from 'react';
import { expect, onTestFinished, test, vi } from 'vitest';
import { Paint } from '../../src/components/paint.js';
import { lineOf } from '../../src/layout/line.js';

vi.setConfig({ testTimeout: 120_000 });

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

const size = { columns: 400, rows: 50 };
const frames = 60;

/** A screen on which no line is like one before. */
function frame(number: number) {
  const lines = Array.from({ length: size.rows - 1 }, (_, row) =>
    lineOf(`${number} ${row} `.repeat(50).slice(0, size.columns), 'good'),
  );
  return createElement(Paint, { lines, isColoured: true });
}

test('given a screen that is ever new, when it has been painted for long, then nothing of what was painted is kept', () => {
  const stdout = Object.assign(new EventEmitter(), { ...size, isTTY: true, write: () => true });
  const app = render(frame(0), { stdout: stdout as unknown as NodeJS.WriteStream, debug: true, patchConsole: false });
  onTestFinished(() => app.unmount());
  const inUseAfter = (from: number, to: number) => {
    for (let number = from; number < to; number++) app.rerender(frame(number));
    collectGarbage();
    collectGarbage();
    return process.memoryUsage().heapUsed;
  };
  const before = inUseAfter(1, frames / 2);
  const painted = frames * (size.rows - 1) * size.columns;
  expect(inUseAfter(frames, 2 * frames) - before).toBeLessThan(painted / 2);
});
