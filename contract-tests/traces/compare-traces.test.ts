import { type JsonValue, subjects } from '@agentnet/protocol';
import { expect, test } from 'vitest';
import type { Frame } from '../kit/judge/captured-frame.js';
import { assignRoles } from '../kit/judge/frame-roles.js';
import { Bindings } from './bindings.js';
import { compareTraces } from './compare-traces.js';
import { absent } from './difference.js';

const inbox = subjects.accountInbox('bob');
const receipts = subjects.accountReceipts('alice');

const message = (value: JsonValue, reply?: string): Frame => frame(inbox, value, reply);
const receipt = (status: string): Frame => frame(receipts, { status });

test('given the same frames with other ids, when compared, then nothing differs', () => {
  const [before, after] = ['a', 'b'].map((digit) => ({ message_id: digit.repeat(32), kind: 'direct' }));
  const recorded = [message(before ?? null), receipt('accepted'), receipt('processed')];
  expect(compare(recorded, [message(after ?? null), receipt('accepted'), receipt('processed')])).toEqual([]);
});

test('given a frame too few and one too many, when compared, then each is one difference at its place', () => {
  const recorded = [message({}), receipt('accepted'), receipt('processed')];
  expect(compare(recorded, [message({}), message({ kind: 'system' }), receipt('processed')])).toEqual([
    { scenario: 'x', frame: 2, field: 'frame', recorded: 'receipt accepted', ours: absent },
    { scenario: 'x', frame: 2, field: 'frame', recorded: absent, ours: `message system ${inbox}` },
  ]);
});

test('given receipts in another order, when compared, then the traces differ', () => {
  const recorded = [message({}), receipt('accepted'), receipt('processed')];
  expect(compare(recorded, [message({}), receipt('processed'), receipt('accepted')])).toHaveLength(2);
});

test('given a reply to an inbox of another form, when compared, then only the form of the inbox differs', () => {
  const exchange = (reply: string): Frame[] => [message({ kind: 'request' }, reply), frame(reply, { kind: 'reply' })];
  const [plain, ours] = [subjects.plainInbox('a.b'), subjects.replyInbox('session', 'token')];
  expect(compare(exchange(plain), exchange(ours))).toEqual([
    { scenario: 'x', frame: 1, field: 'reply', recorded: '_INBOX.>', ours: '_INBOX.agentnet.*.*' },
  ]);
});

test('given a recorded retry with identical bytes, when ours has other bytes, then the traces differ', () => {
  const early = { sent_at: '2026-11-23T14:28:00Z' };
  const later = { sent_at: '2026-11-23T14:28:01Z' };
  expect(compare([message(early), message(early)], [message(later), message(later)])).toEqual([]);
  expect(compare([message(early), message(early)], [message(later), message(early)])).toHaveLength(1);
});

function frame(subject: string, value: JsonValue, reply?: string): Frame {
  const body = { kind: 'json', value, text: JSON.stringify(value) } as const;
  return { n: 0, subject, body, ...(reply === undefined ? {} : { reply }) };
}

function compare(recorded: readonly Frame[], ours: readonly Frame[]) {
  const numbered = (frames: readonly Frame[]) => assignRoles(frames.map((one, index) => ({ ...one, n: index + 1 })));
  return compareTraces({ scenario: 'x', recorded: numbered(recorded), ours: numbered(ours) }, new Bindings());
}
