import { describe, expect, test } from 'vitest';
import { matchesFilter, parseFilter } from '../../src/filter/index.js';
import {
  type Conversation,
  elapsedMs,
  emptyTraffic,
  filterableConversation,
  foldTraffic,
  isSettled,
  messageRate,
  type TrafficEvent,
} from '../../src/traffic/index.js';
import { message, overhear, part, receipt, reply } from './frames.js';

const after = (...events: TrafficEvent[][]) => foldTraffic(emptyTraffic(), events.flat());

function only(...events: TrafficEvent[][]): Conversation {
  const rows = [...after(...events).conversations.values()];
  expect(rows).toHaveLength(1);
  return rows[0] as Conversation;
}

const ask = () => message({ id: 'r1', kind: 'request', payload: { text: 'sum?' } });

describe('given a request', () => {
  test('when accepted, answered and processed, then it is one row that says replied', () => {
    const row = only(
      ask(),
      receipt('r1', 'accepted'),
      reply({ id: 'a1', parent: 'r1', payload: 42 }),
      receipt('r1', 'processed'),
    );
    expect(row).toMatchObject({
      key: 'r1',
      status: 'replied',
      copies: 1,
      frames: 4,
      opening: { text: 'sum?', wantsReply: true },
    });
    expect(row.receipts.map(({ status }) => status)).toEqual(['accepted', 'processed']);
    expect(row.replies).toMatchObject([{ messageId: 'a1', text: '42' }]);
    expect(row.fault).toBeUndefined();
    expect([isSettled(row), elapsedMs(row, Number.MAX_SAFE_INTEGER)]).toEqual([true, 3]);
  });

  test('when its reply stands for the receipts, then it is found as processed and as replied [receipt.with-reply]', () => {
    const row = only(ask(), reply({ id: 'a1', parent: 'r1', parentStatus: 'processed' }));
    expect(row).toMatchObject({ status: 'replied', receipts: [], replies: [{ parentStatus: 'processed' }] });
    expect(isSettled(row)).toBe(true);
    const fits = (text: string) =>
      matchesFilter(
        parseFilter(text),
        filterableConversation(row, () => undefined),
        0,
      );
    expect(['status:accepted', 'status:processed', 'status:replied', 'status:sent'].map(fits)).toEqual([
      true,
      true,
      true,
      false,
    ]);
  });

  test.each([
    ['an error reply', { kind: 'error', parentStatus: 'processed' }],
    ['a part of a stream', { kind: 'stream', parentStatus: 'processed' }],
    ['another word', { parentStatus: 'accepted' }],
    ['no word', { parentStatus: ['processed'] }],
  ])('when %s says what became of it, then that counts as absent [receipt.with-reply]', (_what, facts) => {
    const [event] = reply({ id: 'a1', parent: 'r1', ...facts });
    expect(event).toMatchObject({ type: 'message', messageId: 'a1' });
    expect(event).not.toHaveProperty('parentStatus');
  });

  test('when only processed so far, then it still waits', () => {
    const row = only(ask(), receipt('r1', 'accepted'), receipt('r1', 'processed'));
    expect([row.status, isSettled(row), elapsedMs(row, row.startedAtMs + 500)]).toEqual(['processed', false, 500]);
  });

  test.each([
    ['receipt first', [receipt('r1', 'rejected', 'busy'), errorReply('busy')]],
    ['error reply first', [errorReply('busy'), receipt('r1', 'rejected', 'busy')]],
  ])('when refused, %s, then it is rejected with the code and counts as one fault', (_order, events) => {
    const state = after(ask(), ...events);
    expect([...state.conversations.values()]).toMatchObject([{ status: 'rejected', fault: { code: 'busy' } }]);
    expect(state.totals.faults).toBe(1);
  });

  test('when sent again after a rejection and accepted then, then the fault is forgiven', () => {
    const row = only(ask(), receipt('r1', 'rejected', 'busy'), ask(), receipt('r1', 'accepted'));
    expect(row).toMatchObject({ status: 'accepted', copies: 2 });
    expect(row.fault).toBeUndefined();
  });

  test('when its second copy is rejected as duplicate, then that is no fault', () => {
    expect(only(ask(), ask(), receipt('r1', 'accepted'), receipt('r1', 'rejected', 'duplicate')).fault).toBeUndefined();
  });

  test('when receipt and reply are heard first, then all are one row all the same', () => {
    const row = only(reply({ id: 'a1', parent: 'r1' }), receipt('r1', 'accepted'), ask());
    expect(row).toMatchObject({ key: 'r1', status: 'replied', copies: 1, opening: { messageId: 'r1' } });
  });

  test('when answered with a stream, then the text grows in the row and the final text wins', () => {
    const streaming = [
      ask(),
      part('p0', { type: 'stream_start', stream_id: 's1' }, 'r1'),
      part('p1', { type: 'stream_delta', stream_id: 's1', delta: 'Hel', seq: 0 }, 'r1'),
      part('p2', { type: 'stream_delta', stream_id: 's1', delta: 'lo', seq: 1 }, 'r1'),
      part('p2', { type: 'stream_delta', stream_id: 's1', delta: 'lo', seq: 1 }, 'r1'),
    ];
    expect(only(...streaming)).toMatchObject({
      status: 'streaming',
      stream: { text: 'Hello', deltas: 2, state: 'open' },
    });
    const end = { type: 'stream_end', stream_id: 's1', seq: 2, text: 'Hello!' };
    const row = only(...streaming, part('p3', end, 'r1'), reply({ id: 'a1', parent: 'r1', payload: end }));
    expect(row).toMatchObject({ status: 'replied', stream: { text: 'Hello!', state: 'ended' } });
  });

  test('when its stream breaks, then the row is a fault', () => {
    const broken = part('p1', { type: 'stream_error', stream_id: 's1', error: 'out of words', seq: 0 }, 'r1');
    expect(only(ask(), broken)).toMatchObject({
      status: 'failed',
      fault: { code: 'stream_failed', detail: 'out of words' },
    });
  });
});

test('given a stream that answers nothing, when its parts get receipts, then it is one row and only refusals are kept', () => {
  const row = only(
    part('p0', { type: 'stream_start', stream_id: 's1' }),
    receipt('p0', 'accepted'),
    part('p1', { type: 'stream_delta', stream_id: 's1', delta: 'x', seq: 0 }),
    receipt('p1', 'rejected', 'rate_limited'),
    receipt('p1', 'accepted'),
  );
  expect(row).toMatchObject({ status: 'streaming', stream: { text: 'x' }, receipts: [{ code: 'rate_limited' }] });
});

test('given two requests in one thread, when they are answered crosswise, then each keeps its own reply', () => {
  const state = after(
    message({ id: 'r1', kind: 'request' }),
    message({ id: 'r2', kind: 'request' }),
    reply({ id: 'a2', parent: 'r2' }),
    reply({ id: 'a1', parent: 'r1' }),
  );
  const rows = [...state.conversations.values()];
  expect(rows.map(({ key, replies }) => [key, replies[0]?.messageId])).toEqual([
    ['r1', 'a1'],
    ['r2', 'a2'],
  ]);
  expect(rows.map(({ order }) => order)).toEqual([0, 1]);
});

test('given what is no message on a reply inbox, when overheard, then it is no traffic; on an account inbox it is told', () => {
  expect(overhear('_INBOX.abc', { agents: [] })).toEqual([]);
  expect(overhear('account.acct_b.inbox', { message_id: 7 })).toMatchObject([
    { type: 'other', reason: expect.stringContaining('/message_id') },
  ]);
  expect(after(overhear('account.acct_b.inbox', ['no object'])).others).toHaveLength(1);
});

test('given an older state, when more is folded in, then it goes on showing what it showed', () => {
  const before = after(ask());
  const later = foldTraffic(before, reply({ id: 'a1', parent: 'r1' }));
  expect(before.conversations.get('r1')?.status).toBe('sent');
  expect(later.conversations.get('r1')?.status).toBe('replied');
  expect(foldTraffic(later, [])).toBe(later);
});

test('given a flood of messages, receipts and endless streams, when folded, then memory stays within its bounds', () => {
  const bounds = { conversations: 50, perConversation: 4, others: 5, seconds: 3 };
  let state = emptyTraffic(bounds);
  for (let round = 0; round < 400; round++) {
    const parts = part(
      `p${round}`,
      { type: 'stream_delta', stream_id: 's1', delta: 'x'.repeat(200), seq: round },
      'r1',
    );
    const events = [
      ...(round % 10 === 0 ? ask() : []),
      ...message({ id: `m${round}` }),
      ...receipt(`unknown${round}`, 'accepted'),
      ...parts,
      ...overhear('account.acct_b.inbox', [round]),
    ];
    state = foldTraffic(state, events);
  }
  expect(state.conversations.size).toBe(50);
  expect(state.index.size).toBeLessThanOrEqual(50 * 66);
  expect(state.others).toHaveLength(5);
  expect(state.seconds.length).toBeLessThanOrEqual(3);
  for (const name of state.index.values()) expect(state.conversations.has(name)).toBe(true);
  expect(state.totals.forgotten).toBeGreaterThan(700);
});

test('given hostile text in every field, when ingested and folded, then no control character is left anywhere', () => {
  const evil = '\u001b]52;c;aGk=\u0007\u001b[2J\u202e\u200b\u009b2J\r';
  const events = [
    overhear('account.acct_b.inbox', {
      message_id: `m${evil}`,
      from_agent: evil,
      to_agent: `capability:${evil}`,
      thread_id: `t${evil}`,
      trace_id: evil,
      parent_message_id: evil,
      from_session_tag: evil,
      idempotency_key: evil,
      kind: `direct${evil}`,
      payload: { text: evil, [evil]: evil },
    }),
    overhear('account.acct_a.receipts', { message_id: `m${evil}`, status: evil, code: evil, detail: evil }),
    overhear('account.acct_b.inbox', evil),
    reply({ id: 'x', parent: 'y', kind: 'error', payload: { error: evil, detail: evil } }),
    part(`p${evil}`, { type: 'stream_error', stream_id: `s${evil}`, error: evil, seq: 0 }),
    part('p2', { type: 'stream_delta', stream_id: `s${evil}`, delta: evil, seq: 0 }),
  ].flat();
  const state = foldTraffic(emptyTraffic(), events);
  const texts = textsIn([...state.conversations.entries(), ...state.index, ...state.others]);
  expect(texts.length).toBeGreaterThan(20);
  for (const text of texts) expect(text).not.toMatch(/(?!\n)[\p{Cc}\p{Cf}]/u);
});

test('given a long payload, when ingested, then it is cut and says so', () => {
  const [event] = message({ id: 'm', payload: { text: '😀'.repeat(20_000) } });
  expect(event).toMatchObject({ isCut: true });
  expect(event?.type === 'message' && event.text.length).toBe(4096);
});

test('given a conversation and known usernames, when filtered, then both sides, states and texts count', () => {
  const row = only(ask(), receipt('r1', 'rejected', 'busy'));
  const usernames = new Map([['acct_a', 'alice']]);
  const look = filterableConversation(row, (id) => usernames.get(id));
  const passes = (source: string) => matchesFilter(parseFilter(source), look, row.lastAtMs);
  expect(
    passes('from:@alice to:acct_b kind:request status:rejected code:busy thread:t1 id:r1 sum is:fault since:5m'),
  ).toBe(true);
  expect(passes('from:@bob')).toBe(false);
  const orphan = filterableConversation(only(reply({ id: 'a1', parent: 'r9' })), (id) => usernames.get(id));
  expect([orphan.from, orphan.to]).toEqual([
    ['acct_a', '@alice'],
    ['acct_b', 'planner'],
  ]);
});

test('given messages within a second, when the rate is asked for afterwards, then it is an average over whole seconds', () => {
  const state = after(message({ id: 'a' }), message({ id: 'b' }));
  const [first] = state.seconds;
  expect(messageRate(state, ((first?.second ?? 0) + 1) * 1000, 1)).toBe(first?.messages);
  expect(messageRate(state, ((first?.second ?? 0) + 100) * 1000)).toBe(0);
});

function errorReply(code: string): TrafficEvent[] {
  return reply({ id: 'e1', parent: 'r1', kind: 'error', payload: { error: code, detail: `because ${code}` } });
}

/** Every text in a value, keys included. */
function textsIn(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, item]) => [key, ...textsIn(item)]);
}
