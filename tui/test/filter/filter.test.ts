import { describe, expect, test } from 'vitest';
import {
  divideFilter,
  type Filterable,
  FilterError,
  matchesFilter,
  parseFilter,
  usernamesIn,
} from '../../src/filter/index.js';

const nowMs = Date.parse('2026-03-01T12:00:00Z');

const request: Filterable = {
  from: ['acct_01a', '@alice', 'planner'],
  to: ['acct_01b', '@Bob'],
  kinds: ['request', 'error'],
  statuses: ['rejected'],
  codes: ['busy'],
  threadId: 'Ops_1',
  ids: ['3f2a', '77'],
  traceId: '3f2a',
  texts: ['Where is foo "bar", please?', 'no'],
  atMs: nowMs - 60_000,
  isFault: true,
};

const passes = (source: string) => matchesFilter(parseFilter(source), request, nowMs);

test.each([
  '',
  '   ',
  'from:@a*',
  'from:@alice to:@bob kind:request status:rejected text:"foo" since:5m',
  'FROM:@ALICE Kind:Request',
  'from:acct_01a',
  'from:alice',
  'from:planner',
  'to:bob',
  'with:@bob with:@alice',
  'kind:direct,request',
  '-kind:reply,stream',
  '!kind:reply !zebra',
  'foo',
  'text:foo,zebra',
  '"foo \\"BAR\\", please"',
  'thread:Ops_1 thread:Ops_* thread:*s_* id:3f* trace:*',
  'code:busy is:fault',
  'since:1m until:1m since:2026-03-01T11:00:00Z until:2026-03-02',
  '-until:2m',
])('given the filter %j, when the request is compared, then it passes', (source) => {
  expect(passes(source)).toBe(true);
});

test.each([
  'from:@bob',
  'from:@planner',
  'from:acct_01',
  '-from:@alice',
  'kind:reply',
  'kind:request kind:direct',
  'status:accepted',
  'thread:ops_1',
  'thread:*x*',
  'text:"foo bar"',
  '-foo',
  'since:30s',
  'until:90s',
  'since:2026-03-01T12:00:00Z',
  'from:@alice*alice',
])('given the filter %j, when the request is compared, then it does not pass', (source) => {
  expect(passes(source)).toBe(false);
});

describe('given a filter that cannot be read', () => {
  test.each([
    ['form:@a', 0, 4, 'there is no field form; known are from, to,'],
    ['from:@a colour:red', 8, 6, 'there is no field colour'],
    ['from:', 5, 1, 'a value is missing here'],
    ['from: @a', 5, 1, 'a value is missing here'],
    ['kind:a,', 7, 1, 'a value is missing here'],
    ['text:"foo', 5, 4, 'this quote is never closed'],
    ['from:""', 5, 2, 'a value is missing here'],
    ['since:yesterday', 6, 9, 'since takes an age such as 90s'],
    ['-status:lost', 8, 4, 'status is one of sent, accepted'],
    ['is:weird', 3, 5, 'is is one of fault'],
  ])('when %j is parsed, then the place and the reason are told', (source, position, length, reason) => {
    const failure = failureOf(() => parseFilter(source));
    expect(failure).toMatchObject({ code: 'invalid_option', at: { position, length } });
    expect(failure.message).toContain(reason);
    expect(failure.message).toContain(`character ${position + 1}`);
    expect(failure.marked).toBe(`${source}\n${' '.repeat(position)}${'^'.repeat(length)}`);
  });
});

test('given random text, when parsed, then it is read or refused with a FilterError inside the text, and never anything else', () => {
  const pieces = [
    'from:',
    'text:',
    '"',
    '\\',
    ' ',
    ',',
    '-',
    '@a',
    'since:',
    '5m',
    'é😀',
    ':',
    '*',
    '\u001b[2J',
    '\n',
    '__proto__:',
    'x',
  ];
  let seed = 7;
  const next = () => {
    seed = (seed * 48_271) % 2_147_483_647;
    return seed;
  };
  for (let round = 0; round < 20_000; round++) {
    const source = Array.from({ length: 1 + (next() % 8) }, () => pieces[next() % pieces.length]).join('');
    try {
      matchesFilter(parseFilter(source), request, nowMs);
    } catch (cause) {
      expect(cause).toBeInstanceOf(FilterError);
      const { position } = (cause as FilterError).at;
      expect(position >= 0 && position <= source.length).toBe(true);
    }
  }
});

test('given many wildcards and a long text, when compared, then it takes no time to speak of', () => {
  const filter = parseFilter(`thread:${'*a'.repeat(100)}b`);
  expect(matchesFilter(filter, { ...request, threadId: 'a'.repeat(100_000) }, nowMs)).toBe(false);
});

describe('given a filter for the history', () => {
  const resolve = (username: string) => (username === 'alice' ? 'acct_01a' : undefined);

  test('when divided, then the registry is asked for what it can compare exactly, and the rest stays', () => {
    const filter = parseFilter(
      'from:@alice to:acct_01b kind:request thread:Ops_1 since:5m until:2026-03-01T12:00:00Z foo',
    );
    const { query, rest } = divideFilter(filter, { resolve, nowMs });
    expect(query).toEqual({
      fromAccountId: 'acct_01a',
      toAccountId: 'acct_01b',
      kind: 'request',
      threadId: 'Ops_1',
      fromTs: '2026-03-01T11:55:00.000Z',
      toTs: '2026-03-01T12:00:00.000Z',
    });
    expect(rest.terms).toMatchObject([{ field: 'text' }]);
  });

  test.each([
    'from:@nobody',
    'from:@a*',
    '-from:@alice',
    'kind:a,b',
    'kind:receipt',
    'thread:x*',
    'with:planner',
    'trace:3f*',
    'status:accepted,processed',
    'from:planner',
    'id:3',
  ])('when %j is divided, then nothing is asked of the registry', (source) => {
    const { query, rest } = divideFilter(parseFilter(source), { resolve, nowMs });
    expect(query).toEqual({});
    expect(rest.terms).toHaveLength(1);
  });

  test.each([
    ['with:@alice', { participantAccountId: 'acct_01a' }],
    ['trace:3f2a', { traceId: '3f2a' }],
    ['status:rejected', { status: 'rejected' }],
    ['status:sent', { status: 'received' }],
  ])('when %j is divided, then the registry is asked and nothing is left to compare', (source, asked) => {
    const { query, rest } = divideFilter(parseFilter(source), { resolve, nowMs });
    expect(query).toEqual(asked);
    expect(rest.terms).toEqual([]);
  });

  test('when a field is given twice, then the second one is compared by the reader', () => {
    const { query, rest } = divideFilter(parseFilter('kind:request kind:reply'), { resolve, nowMs });
    expect(query).toEqual({ kind: 'request' });
    expect(rest.terms).toHaveLength(1);
  });
});

test('given names in a filter, when they are listed, then exact usernames are there once', () => {
  expect(usernamesIn(parseFilter('from:@a,@b to:@a with:@c -from:@d from:@x* from:acct_1 text:@e'))).toEqual([
    'a',
    'b',
    'c',
    'd',
  ]);
});

function failureOf(work: () => unknown): FilterError {
  try {
    work();
  } catch (cause) {
    if (cause instanceof FilterError) return cause;
    throw cause;
  }
  throw new Error('nothing was thrown');
}
