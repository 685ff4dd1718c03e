import { instantText, spanText } from '../layout/clock-text.js';
import { emptyLine, type Line, lineOf, span, type Tone } from '../layout/line.js';
import { fit, wrap } from '../layout/text-width.js';
import type { AppState } from '../state/app-state.js';
import { threadOf } from '../state/copy.js';
import { conversationOf } from '../state/watch-state.js';
import { type Conversation, elapsedMs, isSettled } from '../traffic/index.js';
import { factLines } from './fact-lines.js';
import { statusMarks } from './status-mark.js';
import { partyText } from './watch-lines.js';

/** One thing that happened in a conversation. */
interface Happening {
  readonly atMs: number;
  readonly what: string;
  readonly who: string;
  readonly tone: Tone;
}

/** One conversation, all of it: facts, the waterfall of what happened when, and what was said. The caller scrolls. */
export function conversationLines(state: AppState, key: string): Line[] {
  const conversation = conversationOf(state.watch, key);
  if (!conversation) return [lineOf('This conversation is no longer kept; its thread may be on record.', 'dim')];
  const { opening, status, fault, copies } = conversation;
  const { mark, tone } = statusMarks[status];
  const facts: [string, string, Tone?][] = [
    ['state', `${mark} ${status}${fault ? `  ${fault.code}: ${fault.detail}` : ''}`, tone],
    ['took', `${spanText(elapsedMs(conversation, state.nowMs))}${isSettled(conversation) ? '' : ' so far'}`],
    ['from', partyText(state, opening?.from)],
    ['to', partyText(state, opening?.to)],
    ['message', opening?.messageId ?? key],
    ['thread', threadOf(conversation) ?? 'unknown'],
    ['began', instantText(conversation.startedAtMs)],
    ['identity', opening?.isSigned ? 'carries a signature, not verified here' : 'unsigned: the sender is claimed'],
  ];
  if (copies > 1) facts.push(['copies', `sent ${copies} times`, 'warn']);
  if (opening?.idempotencyKey !== undefined) facts.push(['key', opening.idempotencyKey]);
  return [
    ...factLines(facts, state.size.columns),
    emptyLine,
    ...waterfall(happenings(state, conversation), state.size.columns),
    emptyLine,
    ...said(conversation, state.size.columns),
  ];
}

/** In order of time; within one millisecond in order of cause. */
function happenings(state: AppState, { opening, receipts, replies, stream }: Conversation): Happening[] {
  const list: Happening[] = [];
  if (opening)
    list.push({ atMs: opening.atMs, what: opening.kind, who: partyText(state, opening.from), tone: 'accent' });
  for (const { atMs, status, code, from } of receipts)
    list.push({
      atMs,
      what: code === undefined ? status : `${status} ${code}`,
      who: partyText(state, from),
      tone: status === 'rejected' ? 'bad' : 'warn',
    });
  if (stream) list.push({ atMs: stream.firstAtMs, what: 'first part', who: `${stream.deltas} parts`, tone: 'accent' });
  for (const { atMs, kind, from, error, parentStatus } of replies)
    list.push({
      atMs,
      what: error ? `error ${error.code}` : [kind, ...(parentStatus ? [parentStatus] : [])].join(', '),
      who: partyText(state, from),
      tone: error ? 'bad' : 'good',
    });
  if (stream && stream.state !== 'open')
    list.push({
      atMs: stream.lastAtMs,
      what: `stream ${stream.state}`,
      who: '',
      tone: stream.state === 'failed' ? 'bad' : 'good',
    });
  return list.toSorted((a, b) => a.atMs - b.atMs);
}

/** What happened when: each line reaches from the beginning to its moment. */
function waterfall(list: readonly Happening[], columns: number): Line[] {
  const first = list[0]?.atMs ?? 0;
  const total = Math.max(1, (list.at(-1)?.atMs ?? first) - first);
  const label = Math.min(18, Math.floor(columns / 4));
  const width = Math.max(4, columns - label * 2 - 10);
  return list.map(({ atMs, what, who, tone }, index) => {
    const before = Math.round((((list[index - 1]?.atMs ?? first) - first) / total) * (width - 1));
    const until = Math.round(((atMs - first) / total) * (width - 1));
    return [
      span(`${fit(what, label)} `, tone),
      span(`${fit(who, label)} `, 'dim'),
      span(fit(`+${spanText(atMs - first)}`, 7, 'right'), 'strong'),
      span(' '),
      span('·'.repeat(before), 'dim'),
      span('━'.repeat(Math.max(0, until - before)), tone),
      span('●', tone),
    ];
  });
}

function said({ opening, replies, stream }: Conversation, columns: number): Line[] {
  const parts: [string, string][] = [];
  if (opening) parts.push([opening.kind, opening.text + (opening.isCut ? ' …' : '')]);
  if (stream) parts.push(['stream', stream.text]);
  for (const { kind, text, isCut } of replies) parts.push([kind, text + (isCut ? ' …' : '')]);
  return parts.flatMap(([title, text]) => [
    lineOf(title, 'strong'),
    ...wrap(text, columns - 2).map((part) => lineOf(`  ${part}`)),
  ]);
}
