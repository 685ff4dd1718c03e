import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { pythonJsonLength, pythonJsonText } from '../../src/identity/index.js';

const golden = JSON.parse(readFileSync(new URL('../golden/thread-accounting.json', import.meta.url), 'utf8')) as {
  vectors: { payload_wire: string; byte_count: number }[];
};

describe('Python JSON', () => {
  test.each(golden.vectors)('given $payload_wire, when measured, then it has $byte_count bytes', (vector) => {
    expect(pythonJsonLength(vector.payload_wire)).toBe(vector.byte_count);
  });

  test.each([
    ['{"b":1,"a":2,"b":3}', '{"b": 3, "a": 2}'],
    [' [ 1.50 , -0, "\\/\\u00E9" ] ', '[1.5, 0, "/\\u00e9"]'],
    ['{"2":0,"1":{}}', '{"2": 0, "1": {}}'],
    ['"a\u007f"', '"a\\u007f"'],
    ['"\\u0041\\u0022\\u0008"', '"A\\"\\b"'],
    ['[[],[1e400,-1e400]]', '[[], [Infinity, -Infinity]]'],
    ['{"\\u0061":1,"a":[2]}', '{"a": [2]}'],
  ])('given %s, when printed, then it is %s', (wire, printed) => {
    expect(pythonJsonText(wire)).toBe(printed);
    expect(pythonJsonLength(wire)).toBe(printed.length);
  });
});
