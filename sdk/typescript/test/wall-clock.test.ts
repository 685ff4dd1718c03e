import { nowTimestamp } from '@agentnet/protocol';
import { expect, test } from 'vitest';
import { systemClock } from '../src/index.js';
import { WallClock } from '../src/wall-clock.js';

const start = 1_771_660_800_000;

/** Two clocks that a test moves, together or apart; `lateMs` is how late after the origin the process asks first. */
function clocks() {
  let trueMs = start;
  let steadyMs = 0;
  return {
    clock: new WallClock({ originMs: start, wallMs: () => Math.floor(trueMs), steadyMs: () => steadyMs }),
    pass: (ms: number) => {
      trueMs += ms;
      steadyMs += ms;
    },
    set: (ms: number) => {
      trueMs += ms;
    },
  };
}

test('given time that passes, when the clock is read, then it tells microseconds', () => {
  const { clock, pass } = clocks();
  pass(0.25);
  expect(clock.nowMs()).toBe(start + 0.25);
  pass(1.5);
  expect(nowTimestamp(clock.nowMs())).toBe('2026-02-21T08:00:00.001750Z');
});

test('given two readings within one microsecond, when they are compared, then the second is later', () => {
  const { clock } = clocks();
  const readings = Array.from({ length: 5 }, () => clock.nowMs());
  expect(readings.map((ms) => Math.round((ms - start) * 1000))).toEqual([0, 1, 2, 3, 4]);
});

test('given a time of day that is set forward, when the clock is read, then it follows at once', () => {
  const { clock, pass, set } = clocks();
  clock.nowMs();
  set(3_600_000);
  pass(10);
  expect(clock.nowMs()).toBe(start + 3_600_010);
});

test('given a time of day that is set back, when the clock is read, then it goes back with it and on from there', () => {
  const { clock, pass, set } = clocks();
  pass(10_000);
  clock.nowMs();
  set(-5000);
  pass(1);
  const after = clock.nowMs();
  expect(after).toBeGreaterThanOrEqual(start + 5001);
  expect(after).toBeLessThanOrEqual(start + 5002);
  pass(0.5);
  expect(clock.nowMs()).toBeGreaterThan(after);
});

test('given a steady clock that runs a little fast, when it is corrected, then no reading is before an earlier one', () => {
  let trueMs = start;
  let steadyMs = 0;
  const clock = new WallClock({ originMs: start, wallMs: () => Math.floor(trueMs), steadyMs: () => steadyMs });
  let last = 0;
  for (let reading = 0; reading < 2000; reading++) {
    trueMs += 0.1;
    steadyMs += 0.11;
    const now = clock.nowMs();
    expect(now).toBeGreaterThan(last);
    expect(now - trueMs).toBeLessThan(2);
    last = now;
  }
});

test('given the machine itself, when its clock is read often, then every reading is later and within the time of day around it', () => {
  let last = 0;
  for (let reading = 0; reading < 10_000; reading++) {
    const before = Date.now();
    const now = systemClock.now();
    expect(now).toBeGreaterThan(last);
    // Thousands of readings in a row may run ahead by a microsecond each; the next millisecond catches up.
    expect(now).toBeGreaterThanOrEqual(before - 2);
    last = now;
  }
});
