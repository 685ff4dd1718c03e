import { type RuleId, rules } from '@agentnet/protocol';
import type { RecordedFrame } from './captured-frame.js';

/** One place where recorded traffic breaks a rule. */
export interface TraceFinding {
  readonly rule: RuleId;
  /** Name of the recording. */
  readonly capture: string;
  /** The frames that show it, in the order of the wire. */
  readonly frames: readonly RecordedFrame[];
  readonly what: string;
  readonly expected: string;
}

/** What a check found; the capture is the one being judged. */
export type Found = Omit<TraceFinding, 'capture'>;

/** A finding as text: the rule, what was expected, the frames. */
export function describeTraceFinding({ rule, capture, frames, what, expected }: TraceFinding): string {
  const lines = [`${capture}: ${rule}: ${what}`, `  expected: ${expected}`, `  the rule: ${rules[rule].text}`];
  return [...lines, ...frames.map((frame) => `  ${describeFrame(frame)}`)].join('\n');
}

const shownCharacters = 400;

function describeFrame({ n, subject, reply, body, afterMs }: RecordedFrame): string {
  const to = reply === undefined ? '' : ` (reply to ${reply})`;
  return `#${n} +${afterMs} ms ${subject}${to}: ${printable(textOf(body)).slice(0, shownCharacters)}`;
}

function textOf(body: RecordedFrame['body']): string {
  if (body.kind === 'json') return body.text;
  if (body.kind === 'empty') return '(empty)';
  return body.kind === 'truncated' ? `(${body.size} bytes)` : `(not JSON, ${body.bytes.length} bytes)`;
}

/** Whatever was recorded may be hostile to a terminal. */
function printable(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}]/gu, '\u{fffd}');
}
