import { formatInstant, nowTimestamp, parseInstant } from '@agentnet/protocol';
import { describe, expect, it } from 'vitest';
import golden from './golden-wire/timestamps.json' with { type: 'json' };

const parsed = (text: string): string | null => {
  const instant = parseInstant(text);
  return instant ? formatInstant(instant) : null;
};

describe('parseInstant', () => {
  it.each(golden.vectors)('given $input, when a registry trims and reads it, then it is $registry_parses_to', ({
    input,
    registry_parses_to,
  }) => {
    expect(parsed(input.trim())).toBe(registry_parses_to);
  });

  it.each(golden.vectors)('given $input, when a peer reads it as it is, then it is $peer_parses_to', ({
    input,
    peer_parses_to,
  }) => {
    expect(parsed(input)).toBe(peer_parses_to);
  });

  // Each line was checked against datetime.fromisoformat of CPython 3.11.
  it.each([
    ['2026-W086', null],
    ['2026W086', '2026-02-21T00:00:00Z'],
    ['2026W08', '2026-02-16T00:00:00Z'],
    ['2026W086T0800', '2026-02-21T08:00:00Z'],
    ['2020-W53-7', '2021-01-03T00:00:00Z'],
    ['2021-W53-1', null],
    ['0001-W01-1', '0001-01-01T00:00:00Z'],
    ['2026-02-21T', null],
    ['2026-02-21é08:00', '2026-02-21T08:00:00Z'],
    ['2026-02-21😀08:00', '2026-02-21T08:00:00Z'],
    ['2026-02-21T08.5', '2026-02-21T08:00:00.500000Z'],
    ['2026-02-21T08:00:00.', null],
    ['2026-02-21T08:00:00+24:00', null],
    ['2026-02-21T08:00:00+23:59:59.999999', '2026-02-20T08:00:00.000001Z'],
    ['9999-12-31T23:59:59-00:01', null],
    ['1900-02-29', null],
    ['2000-02-29', '2000-02-29T00:00:00Z'],
    ['0000-01-01', null],
    ['٢٠٢٦-02-21', null],
  ])('given %s, when it is read, then it is %s', (text, expected) => {
    expect(parsed(text)).toBe(expected);
  });

  it('given an instant with microseconds, when it is read, then they are exact', () => {
    expect(parseInstant('1969-12-31T23:59:59.999999Z')).toEqual({ epochMs: -1, micros: 999 });
  });

  it('given a clock of whole milliseconds, when it is written, then it has three digits', () => {
    expect(nowTimestamp(1_771_660_800_000)).toBe('2026-02-21T08:00:00.000Z');
  });

  it('given instants in any order, when they are written, then each is what the built-in date writes', () => {
    for (const ms of [0, -1, 999, 1000, 61_009, 1_771_660_800_123, 253_402_300_799_999, -62_135_596_800_000, 5])
      expect(nowTimestamp(ms)).toBe(new Date(ms).toISOString());
  });

  it('given a clock with microseconds, when it is written, then it has six digits, read back as the same instant', () => {
    for (const micros of [1, 7, 250, 499, 500, 998, 999]) {
      const text = nowTimestamp((1_771_660_800_123_000 + micros) / 1000);
      expect(text).toMatch(/\.123\d{3}Z$/);
      expect(parseInstant(text)).toEqual({ epochMs: 1_771_660_800_123, micros });
    }
  });

  it('given a fraction below half a microsecond from the next millisecond, when it is written, then it does not reach it', () => {
    expect(nowTimestamp(1_771_660_800_123.9998)).toBe('2026-02-21T08:00:00.123999Z');
  });
});
