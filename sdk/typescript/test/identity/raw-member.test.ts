import { describe, expect, test } from 'vitest';
import { rawMember } from '../../src/identity/index.js';

describe('raw member', () => {
  test.each([
    ['{"payload":{"total":224.0, "n":1e16}}', '{"total":224.0, "n":1e16}'],
    ['{"a":{"payload":1},"payload": -0.0 ,"b":2}', '-0.0'],
    ['{"payload":1,"payload":[ ]}', '[ ]'],
    ['{"p\\u0061yload":"x"}', '"x"'],
    ['{"a":"\\"payload\\":1"}', undefined],
    ['{}', undefined],
  ])('given %s, when the payload is taken, then it is %s', (text, raw) => {
    expect(rawMember(text, 'payload')).toBe(raw);
  });

  test.each([
    '[]',
    '',
    '{"payload":1',
    '{"payload":1} x',
    'null',
  ])('given %j, when read, then it is refused', (text) => {
    expect(() => rawMember(text, 'payload')).toThrow('invalid_payload');
  });
});
