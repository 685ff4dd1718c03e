import { type JsonValue, subjects } from '@agentnet/protocol';
import { expect, test } from 'vitest';
import { type Deposit, type Evidence, traceIdOf, type WireNote } from '../soak/evidence.js';
import { judgeSoak } from '../soak/judge-soak.js';
import { noteOf } from '../soak/wire-log.js';

const [asker, answerer] = [
  { index: 0, accountId: 'acct_a', sessionTag: 'tag_a' },
  { index: 1, accountId: 'acct_b', sessionTag: 'tag_b' },
];
const trace = { trace_id: traceIdOf(0, 1) };
const answering = { ...trace, from_account_id: answerer.accountId, from_session_tag: answerer.sessionTag };

function note(subject: string, body: Record<string, JsonValue>): WireNote {
  const noted = noteOf(subject, body);
  if (!noted) throw new Error('the frame is not the soak’s');
  return { ...noted, atMs: 10 };
}

const request = () => note(subjects.accountInbox(answerer.accountId), { ...trace, message_id: 'r1', kind: 'request' });
const reply = (fields: Record<string, JsonValue> = {}) =>
  note(subjects.replyInbox('tag_a', 'x'), {
    ...answering,
    message_id: 'a1',
    parent_message_id: 'r1',
    kind: 'reply',
    ...fields,
  });
const stands = { parent_status: 'processed' };
const receipt = (status: string, fields: Record<string, JsonValue> = {}) =>
  note(subjects.accountReceipts(asker.accountId), { ...answering, message_id: 'r1', status, ...fields });

/** What one request that was answered left behind, and what its handler came to. */
function brokenPromises(wire: readonly WireNote[], phase: Deposit['phase'] = 'done'): string[] {
  const { accountId, sessionTag } = answerer;
  const deposit = { order: 0, messageId: 'r1', accountId, sessionTag, atMs: 9 };
  const order = {
    id: 0,
    from: 0,
    to: 1,
    manner: 'request',
    deed: 'ok',
    workMs: 0,
    isKeyed: false,
    byName: false,
  } as const;
  const evidence: Evidence = {
    orders: [order],
    joined: [asker, answerer],
    deposits: [
      { ...deposit, phase: 'begun' },
      { ...deposit, phase },
    ],
    endings: [{ order: 0, attempt: 1, begunAtMs: 1, atMs: 20, isSuccess: phase === 'done', code: 'request_timeout' }],
    wire: [request(), ...wire],
    breakages: [],
    life: [],
    history: new Set(['r1', 'a1']),
  };
  return judgeSoak(evidence).violations.map(({ promise }) => promise);
}

test.each<[string, WireNote[]]>([
  ['both receipts beside it', [receipt('accepted'), reply(), receipt('processed')]],
  ['a parent status', [reply(stands)]],
  ['accepted before it, and a parent status', [receipt('accepted'), reply(stands)]],
])('given a request, when its reply comes with %s, then every promise is kept [receipt.with-reply]', (_how, wire) => {
  expect(brokenPromises(wire)).toEqual([]);
});

test.each<[string, WireNote[], string]>([
  ['is followed by processed', [reply(stands), receipt('processed')], 'receipts come in order'],
  ['is followed by a rejection', [receipt('accepted'), reply(stands), receipt('rejected')], 'receipts come in order'],
  [
    'has another word',
    [receipt('accepted'), reply({ parent_status: 'accepted' })],
    'accepted work ends with a final receipt',
  ],
  [
    'is an error reply',
    [receipt('accepted'), reply({ kind: 'error', ...stands })],
    'accepted work ends with a final receipt',
  ],
])('given a request, when a reply that says processed %s, then a promise is broken', (_how, wire, promise) => {
  expect(brokenPromises(wire)).toContain(promise);
});

test('given a handler that failed, when its reply says processed, then that is not true [receipt.with-reply.true]', () => {
  expect(brokenPromises([reply(stands)], 'failed')).toEqual(['receipts say what happened']);
});
