import { expect, test } from 'vitest';
import type { RecordedFrame } from '../kit/judge/captured-frame.js';
import { assignRoles } from '../kit/judge/frame-roles.js';
import { loadScenarios } from './load-scenario.js';

const scenarios = loadScenarios();
const frames = scenarios.flatMap((scenario) => scenario.frames);
const signed = loadScenarios('recorded-auth').flatMap((scenario) => scenario.frames);

test('given the recordings, when loaded, then all sixty-four are there with their frames in order', () => {
  expect(scenarios).toHaveLength(64);
  expect(frames).toHaveLength(533);
  const numbers = frames.map(({ n }) => n);
  expect(numbers).toEqual([...numbers].sort((a, b) => a - b));
});

test('given the recordings with auth, when loaded, then all twenty-one are there', () => {
  expect(loadScenarios('recorded-auth')).toHaveLength(21);
  expect(signed).toHaveLength(81);
});

test('given a recorded body, when it is written again, then it has as many bytes as it had on the wire', () => {
  const others = [...frames, ...signed].filter((frame) => ![frame.size, undefined].includes(writtenSize(frame)));
  expect(others.map(({ n }) => n)).toEqual([]);
});

test('given the recordings, when their frames are labelled, then no frame is without a role and every reply has a request', () => {
  const roled = scenarios.flatMap((scenario) => assignRoles(scenario.frames));
  expect(roled.filter(({ role }) => role === 'other')).toEqual([]);
  expect(countBy(roled.map(({ role }) => role))).toEqual({
    'rpc request': 129,
    'rpc reply': 117,
    hello: 51,
    goodbye: 1,
    message: 84,
    'message reply': 29,
    receipt: 122,
  });
});

test('given the recordings, when read, then they name no machine and no path', () => {
  const texts = [...frames, ...signed].map(({ body }) => (body.kind === 'json' ? body.text : ''));
  expect(texts.filter((text) => /\/(home|root|tmp|var|usr|Users)\/|localhost|\d+\.\d+\.\d+\.\d+/.test(text))).toEqual(
    [],
  );
});

function writtenSize({ body }: RecordedFrame): number | undefined {
  if (body.kind === 'json') return Buffer.byteLength(body.text);
  if (body.kind === 'undecodable') return body.bytes.length;
  return body.kind === 'empty' ? 0 : undefined;
}

function countBy(values: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const value of values) counts[value] = (counts[value] ?? 0) + 1;
  return counts;
}
