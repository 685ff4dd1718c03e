import { ProtocolError } from '@agentnet/protocol';
import { expect, test } from 'vitest';
import { AdvisedError } from '../../src/output/advised-error.js';
import { remedyFor } from '../../src/output/remedies.js';
import { failureText, reportFailure } from '../../src/output/report-failure.js';
import type { Terminal } from '../../src/output/terminal.js';

/** What a person reads of a failure. */
function told(cause: unknown): { lines: string[]; code: number } {
  const lines: string[] = [];
  const text = (piece: string | { text: string }) => (typeof piece === 'string' ? piece : piece.text);
  const terminal = {
    warn: (line: string) => lines.push(line),
    warnLine: (pieces: readonly (string | { text: string })[]) => lines.push(pieces.map(text).join('')),
  } as unknown as Terminal;
  const code = reportFailure(cause, terminal, false);
  return { lines, code };
}

test.each([
  [
    'delivery_ack_timeout',
    'delivery_ack_timeout message_id=1 attempts=3',
    '[delivery_ack_timeout] message_id=1 attempts=3',
  ],
  ['not_found', 'nobody has this id or username', '[not_found] nobody has this id or username'],
] as const)('given the failure %s, when it is told to people, then its code is said once', (code, detail, text) => {
  expect(failureText({ code, detail })).toBe(text);
});

test('given a failure with advice of its own, when it is reported, then that stands in place of the general one', () => {
  const plain = told(new ProtocolError('not_found', 'x'));
  const advised = told(new AdvisedError('not_found', 'x', 'Look elsewhere.'));
  expect(plain).toEqual({ lines: ['error: [not_found] x', remedyFor('not_found')], code: 2 });
  expect(advised).toEqual({ lines: ['error: [not_found] x', 'Look elsewhere.'], code: 2 });
});

test.each([
  ['from_ts_invalid', 1],
  ['to_ts_invalid', 1],
  ['stream_timeout', 1],
  ['cancelled', 130],
  ['connect_failed', 2],
] as const)('given the failure %s, when it is reported, then the exit code is %i', (code, expected) => {
  expect(told(new ProtocolError(code, 'x')).code).toBe(expected);
});
