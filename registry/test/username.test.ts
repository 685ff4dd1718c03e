import { readFileSync } from 'node:fs';
import { limits } from '@agentnet/protocol';
import { describe, expect, test } from 'vitest';
import { makeAccountId, makeSessionTag, makeUlid, randomSuffix } from '../src/domain/ids.js';
import { conflictUsername, fallbackUsername, normalizeUsername } from '../src/domain/username.js';

function golden<Vector>(file: string): Vector[] {
  return JSON.parse(readFileSync(new URL(`golden/${file}`, import.meta.url), 'utf8')).vectors;
}

describe('usernames', () => {
  test.each(
    golden<{ input: string; normalized: string }>('usernames.json'),
  )('given $input, when normalised, then it is $normalized', ({ input, normalized }) => {
    expect(normalizeUsername(input)).toBe(normalized);
  });

  test('given the longest username, when it is taken, then its variant is a normalised username of allowed length', () => {
    const variant = conflictUsername('x'.repeat(limits.usernameMaxLength), randomSuffix());
    expect(variant).toMatch(/^x{24}-[0-9a-z]{6}$/);
    expect(normalizeUsername(variant)).toBe(variant);
  });

  test('given a thousand fallback names of one instant, then all differ and are normalised', () => {
    const names = Array.from({ length: 1000 }, () => fallbackUsername(randomSuffix()));
    expect(new Set(names).size).toBe(1000);
    expect(names.every((name) => normalizeUsername(name) === name)).toBe(true);
  });
});

describe('ids', () => {
  test.each(
    golden<{ timestamp_ms: number; random_hex: string; ulid: string }>('ulid.json'),
  )('given $timestamp_ms and $random_hex, when encoded, then the ULID is $ulid', ({
    timestamp_ms,
    random_hex,
    ulid,
  }) => {
    expect(makeUlid(timestamp_ms, Buffer.from(random_hex, 'hex'))).toBe(ulid);
  });

  test('given a clock, when ids are made, then they have the form of the protocol', () => {
    expect(makeAccountId(1_772_000_000_123)).toMatch(/^acct_01kj9pwe3v[0-9a-hjkmnp-tv-z]{16}$/);
    expect(makeSessionTag('registry-2', 1_772_000_000_123)).toMatch(/^registry-2_01KJ9PWE3V[0-9A-HJKMNP-TV-Z]{16}$/);
  });
});
