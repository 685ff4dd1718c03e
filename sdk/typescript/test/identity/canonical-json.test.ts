import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { canonicalJson } from '../../src/identity/index.js';

interface Vector {
  id: string;
  wire: string;
  canonical: string;
  sha256: string;
  js: { lossless: boolean };
}

const golden = JSON.parse(readFileSync(new URL('../golden/canonical-json.json', import.meta.url), 'utf8')) as {
  vectors: Vector[];
  parser_acceptance: { id: string; wire: string }[];
};

const elided = /^(.)\1*\.\.\.\((\d+) chars\)$/;

/** Two refused texts are abbreviated in the file. */
function written(wire: string): string {
  const match = elided.exec(wire);
  if (!match) return wire;
  const [, character = '', length = '0'] = match;
  return character === '['
    ? '['.repeat(Number(length) / 2) + ']'.repeat(Number(length) / 2)
    : character.repeat(Number(length));
}

describe('canonical JSON', () => {
  const vectors = golden.vectors.filter((vector) => vector.js.lossless);

  test('given the golden file, when its lossless vectors are counted, then there are 100', () => {
    expect(vectors).toHaveLength(100);
  });

  test.each(vectors)('given $id, when it is printed, then text and digest equal the golden ones', (vector) => {
    const printed = canonicalJson(vector.wire);
    expect(printed).toBe(vector.canonical);
    expect(createHash('sha256').update(printed).digest('hex')).toBe(vector.sha256);
  });

  test.each(golden.parser_acceptance)('given $id, when it is read, then it is refused', ({ wire }) => {
    expect(() => canonicalJson(written(wire))).toThrow('invalid_payload');
  });

  test.each([
    '',
    ' ',
    '{',
    '[1',
    '"a',
    '"\\u12',
    '{"a"}',
    '{"a":}',
    '{,}',
    'nul',
    '[1]]',
    '1e',
    '-',
    '\u00a01',
  ])('given the text %j, when it is read, then it is refused', (text) => {
    expect(() => canonicalJson(text)).toThrow('invalid_payload');
  });

  test('given a name written with an escape and plainly, when printed, then the last of the two wins', () => {
    expect(canonicalJson('{"\\u0061":1,"a":2}')).toBe('{"a":2}');
  });

  test('given 250,000 characters of one text, when printed, then it comes back', () => {
    const text = JSON.stringify('é\n'.repeat(125_000));
    expect(JSON.parse(canonicalJson(text))).toBe(JSON.parse(text));
  });
});
