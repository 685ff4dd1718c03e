import { setTimeout as pause } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { expect } from 'vitest';

const deadlineMs = 15_000;
const pauseMs = 20;

/** Reads until the value is the expected one; the last value is in the failure. */
export async function eventually<T>(read: () => Promise<T> | T, expected: T): Promise<void> {
  const end = performance.now() + deadlineMs;
  let last = await read();
  while (!isDeepStrictEqual(last, expected) && performance.now() < end) {
    await pause(pauseMs);
    last = await read();
  }
  expect(last).toEqual(expected);
}
