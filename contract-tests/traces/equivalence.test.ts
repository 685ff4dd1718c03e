import type { JsonValue } from '@agentnet/protocol';
import { describe, expect, test } from 'vitest';
import { Bindings } from './bindings.js';
import { compareBodies } from './compare-bodies.js';
import { compareValues } from './compare-values.js';
import { absent } from './difference.js';

const [recordedAccount, ourAccount, otherAccount] = ['a', 'b', 'c'].map((letter) => `acct_01${letter.repeat(24)}`) as [
  string,
  string,
  string,
];

describe('two values', () => {
  test('given equal values, when compared, then nothing differs', () => {
    const value = { a: [1, 'x', null, { b: true }] };
    expect(compareValues(value, structuredClone(value), new Bindings())).toEqual([]);
  });

  test('given another value, type or key, when compared, then each is one difference with its place', () => {
    const recorded = { count: 1, text: '1', gone: null, list: [1, 2] };
    const ours = { count: 2, text: 1, come: {}, list: [1] };
    expect(compareValues(recorded, ours, new Bindings())).toEqual([
      { field: '/count', recorded: 1, ours: 2 },
      { field: '/text', recorded: '1', ours: 1 },
      { field: '/gone', recorded: null, ours: absent },
      { field: '/list', recorded: [1, 2], ours: [1] },
      { field: '/come', recorded: absent, ours: {} },
    ]);
  });

  test('given a fresh id, when it comes again, then it must be the same one', () => {
    const bindings = new Bindings();
    const recorded = { from: recordedAccount, to: recordedAccount };
    expect(compareValues(recorded, { from: ourAccount, to: ourAccount }, bindings)).toEqual([]);
    expect(compareValues(recorded, { from: ourAccount, to: otherAccount }, bindings)).toEqual([
      { field: '/to', recorded: recordedAccount, ours: otherAccount },
    ]);
  });

  test('given two recorded ids, when ours are one, then they differ', () => {
    const recorded = [recordedAccount, otherAccount];
    expect(compareValues(recorded, [ourAccount, ourAccount], new Bindings())).toHaveLength(1);
  });

  test('given an id inside a text, when the id is bound, then the text is compared with ours in it', () => {
    const bindings = new Bindings();
    bindings.bind(recordedAccount, ourAccount);
    expect(compareValues(`${recordedAccount}.inbox`, `${ourAccount}.inbox`, bindings)).toEqual([]);
    expect(compareValues(`${recordedAccount}.inbox`, `${recordedAccount}.inbox`, bindings)).toHaveLength(1);
  });
});

describe('timestamps and cursors', () => {
  const [recorded, ours, wrong] = ['2026-11-23T14:28:00.500000Z', '2026-12-01T00:00:00.5Z', '2026-12-01T00:00:01Z'];

  test('given a registry clock, when compared, then only its being a timestamp counts', () => {
    expect(compareValues(recorded, wrong, new Bindings())).toEqual([]);
    expect(compareValues(recorded, 'today', new Bindings())).toHaveLength(1);
  });

  test('given a clock that the client sent, when compared, then the instant counts, not its spelling', () => {
    const bindings = new Bindings();
    bindings.bind(recorded, '2026-12-01T00:00:00.500000Z');
    expect(compareValues(recorded, ours, bindings)).toEqual([]);
    expect(compareValues(recorded, wrong, bindings)).toHaveLength(1);
  });

  test('given cursors, when compared, then what they hold counts', () => {
    const bindings = new Bindings();
    bindings.bind(recorded, ours);
    expect(compareValues(cursor('m1', recorded), cursor('m1', ours), bindings)).toEqual([]);
    expect(compareValues(cursor('m1', recorded), cursor('m2', ours), bindings)).toHaveLength(1);
  });

  test('given a cursor without its padding, when compared, then it differs', () => {
    const padded = cursor('m1234', recorded);
    const stripped = padded.replace(/=+$/, '');
    expect(stripped).not.toBe(padded);
    expect(compareValues(padded, stripped, new Bindings())).toHaveLength(1);
  });

  function cursor(messageId: string, sentAt: string): string {
    return Buffer.from(JSON.stringify({ message_id: messageId, sent_at: sentAt })).toString('base64');
  }
});

describe('rows', () => {
  const rows = (...names: string[]): JsonValue => names.map((name) => ({ thread_id: name, count: 1 }));

  test('given a missing and a further row, when compared, then the others are still compared with each other', () => {
    expect(compareValues(rows('a', 'b', 'c'), rows('a', 'c', 'd'), new Bindings())).toEqual([
      { field: '/1', recorded: 'b', ours: absent },
      { field: '/2', recorded: absent, ours: 'd' },
    ]);
  });

  test('given the same rows in another order, when compared, then the order differs', () => {
    expect(compareValues(rows('a', 'b'), rows('b', 'a'), new Bindings())).toEqual([
      { field: '', recorded: 'rows in this order', ours: [1, 0] },
    ]);
  });

  test('given rows with fresh ids, when compared, then they are matched by their place', () => {
    expect(compareValues([{ account_id: recordedAccount }], [{ account_id: ourAccount }], new Bindings())).toEqual([]);
  });
});

test('given a truncated recording, when compared, then its top-level keys count', () => {
  const ours = { kind: 'json', value: { a: 1, c: 2 }, text: '' } as const;
  expect(compareBodies({ kind: 'truncated', size: 9, keys: ['a', 'b'] }, ours, new Bindings())).toEqual([
    { field: '/b', recorded: 'present', ours: absent },
    { field: '/c', recorded: absent, ours: 'present' },
  ]);
});
