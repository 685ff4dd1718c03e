import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { effectiveTokenLimits, threadStatusOf, weighMessage } from '../src/domain/thread-accounting.js';

interface Vector {
  payload_wire: string;
  byte_count: number;
  approx_tokens_at_4: number;
  'approx_tokens_at_3.5': number;
  checkpoint_end: number;
}

interface StatusVector {
  pending: number;
  tokens: number;
  soft: number;
  hard: number;
  keep_tail: number;
  status: string;
}

const golden = JSON.parse(readFileSync(new URL('golden/thread-accounting.json', import.meta.url), 'utf8')) as {
  vectors: Vector[];
  status_rule: StatusVector[];
};

describe('thread accounting', () => {
  test.each(golden.vectors)('given $payload_wire, when weighed, then it counts $byte_count bytes', (vector) => {
    const weigh = (charsPerToken: number) =>
      weighMessage(JSON.parse(vector.payload_wire), vector.payload_wire, charsPerToken);
    expect(weigh(4)).toEqual({
      byteCount: vector.byte_count,
      approxTokens: vector.approx_tokens_at_4,
      checkpointEnd: vector.checkpoint_end,
    });
    expect(weigh(3.5).approxTokens).toBe(vector['approx_tokens_at_3.5']);
  });

  test.each([
    ['{"type":"checkpoint","covers_end":7.9}', 7],
    ['{"type":"checkpoint","covers_end":" +8 "}', 8],
    ['{"type":"checkpoint","covers_end":"x"}', 0],
    ['{"type":"checkpoint","covers_end":true}', 0],
    ['{"type":"checkpoint","covers_end":1e300}', Number.MAX_SAFE_INTEGER],
    ['{"type":"other","covers_end":7}', 0],
    ['[{"type":"checkpoint","covers_end":7}]', 0],
  ])('given %s, when weighed, then the checkpoint ends at %s', (text, end) => {
    expect(weighMessage(JSON.parse(text), text, 4).checkpointEnd).toBe(end);
  });

  test.each(golden.status_rule)('given $pending pending and $tokens tokens, then the status is $status', (vector) => {
    const { pending, tokens, soft, hard, keep_tail: keepTail, status } = vector;
    expect(threadStatusOf({ pending, tokens }, { soft, hard, keepTail })).toBe(status);
  });

  test.each([
    [{}, { soft: 50, hard: 60 }],
    [
      { soft_limit_tokens: 0, hard_limit_tokens: null },
      { soft: 50, hard: 60 },
    ],
    [{ soft_limit_tokens: -5 }, { soft: 1, hard: 60 }],
    [{ soft_limit_tokens: 100 }, { soft: 100, hard: 100 }],
    [{ hard_limit_tokens: 10 }, { soft: 50, hard: 50 }],
    [
      { soft_limit_tokens: 2, hard_limit_tokens: 3 },
      { soft: 2, hard: 3 },
    ],
  ])('given %j asked, when the registry has 50 and 60, then %j holds', (asked, effective) => {
    expect(effectiveTokenLimits(asked, { soft: 50, hard: 60 })).toEqual(effective);
  });
});
