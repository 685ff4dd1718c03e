import { rawMember } from '@agentnet/sdk/identity';
import { describe, expect, test } from 'vitest';
import { payloadText } from '../src/domain/payload-text.js';

describe('the text of a payload', () => {
  test.each([
    '{"payload":{"a":1,"b":[true,null,"x"]},"kind":"direct"}',
    '{"kind":"direct","payload": "a, b"}',
    '{"payload":1.0}',
    '{"payload":10}',
    '{"payload":1}',
    '{"payload": {"n": 12345678901234567890}, "z": 1}',
    '{"payload":{"b":1,"a":1,"a":2}}',
    '{"payload":"caf\\u00e9"}',
    '{"metadata":{"payload":{"a":1}},"payload":{"a":1.0}}',
    '{"metadata":{"payload":{"a":1.0}},"payload":{"a":1}}',
    '{"from_agent":"\\"payload\\":7","payload":7.0}',
    '{"from_agent":"say \\"payload","payload" :7}',
    '{"payload":1.0,"payload":1}',
    '{"payload":"1","p\\u0061yload":2}',
    '{"to_agent":"payload","payload":{"to":"me"}}',
    '{"p\\u0061yload":[1]}',
    '{"x":{"payload":3}, "p\\u0061yload":3.0}',
    '{"payload":null}',
  ])('given %s, when it is read, then it is what walking the text finds', (text) => {
    expect(payloadText(text, JSON.parse(text).payload)).toBe(rawMember(text, 'payload'));
  });

  test('given digits that a double does not hold, when it is read, then they stay', () => {
    const text = '{"payload":{"n":12345678901234567890.50}}';
    expect(payloadText(text, JSON.parse(text).payload)).toBe('{"n":12345678901234567890.50}');
  });

  test('given no payload, when it is read, then it is null', () => {
    expect(payloadText('{"kind":"direct"}', undefined)).toBe('null');
  });
});
