import { expect, test } from 'vitest';
import { newMessageId } from '../../src/outbox/message-id.js';

const form = /^[0-9a-f]{12}4[0-9a-f]{3}[89ab][0-9a-f]{15}$/;

test('given two instants, when ids are made, then they are UUIDv4 in form, in the order of time and never the same [message.sent.id]', () => {
  const early = Array.from({ length: 100 }, () => newMessageId(1_700_000_000_000));
  const late = newMessageId(1_700_000_000_001);
  for (const id of [...early, late]) expect(id).toMatch(form);
  expect(new Set(early).size).toBe(100);
  expect(early.every((id) => id < late)).toBe(true);
  expect(Number.parseInt(late.slice(0, 12), 16)).toBe(1_700_000_000_001);
});

test.each([
  0,
  -1,
  -62_135_596_800_000,
  2 ** 48,
  253_402_300_799_999,
  1.75,
])('given a clock at %s ms, when an id is made, then its form is that of any other [message.sent.id]', (nowMs) => {
  expect(newMessageId(nowMs)).toMatch(form);
});
