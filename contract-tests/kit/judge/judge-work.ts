import { limits, type RuleId } from '@agentnet/protocol';
import { type Conversation, type Heard, type Json, type MessageStory, text } from './conversation.js';
import type { Found } from './finding.js';
import { epochMsOf } from './instants.js';
import { expiryMsOf } from './judge-gates.js';
import { verdictsBySession } from './verdicts.js';

/** How the agents of a recording were configured. */
export interface WorkLimits {
  /** Handlers an agent runs at a time. @default limits.maxConcurrency */
  readonly maxConcurrency?: number;
}

/** What a session took in: how fast, and whether it looked at the clock again before the work began. */
export function judgeWork({ stories }: Conversation, { maxConcurrency = limits.maxConcurrency }: WorkLimits): Found[] {
  const taken = new Map<string, Taken[]>();
  for (const story of stories) {
    for (const [session, receipts] of verdictsBySession(story)) {
      const one = takenBy(story, receipts);
      if (one) taken.set(session, [...(taken.get(session) ?? []), one]);
    }
  }
  return [...taken.values()].flatMap((work) => [...judgeDequeue(work, maxConcurrency), ...judgeRate(work)]);
}

/** A message that a session accepted. */
interface Taken {
  readonly message: Heard;
  readonly sent: Json;
  readonly accepted: Heard;
  readonly ended: Heard | undefined;
}

function takenBy({ copies }: MessageStory, receipts: readonly Heard[]): Taken | undefined {
  const accepted = receipts.find(({ json }) => json?.['status'] === 'accepted');
  const message = copies[0];
  if (!accepted || !message?.json) return undefined;
  const ended = receipts.find(({ frame, json }) => frame.n > accepted.frame.n && json?.['code'] !== 'duplicate');
  return { message, sent: message.json, accepted, ended };
}

/** With every worker busy, work begins no earlier than enough of what was accepted before has ended. */
function judgeDequeue(work: readonly Taken[], maxConcurrency: number): Found[] {
  return work.flatMap((one, index) => {
    if (one.ended?.json?.['status'] !== 'processed') return [];
    const earlier = work.slice(0, index).map(({ ended }) => epochMsOf(ended?.json?.['event_at']));
    const ends = earlier.filter((at) => at > epochMsOf(one.accepted.json?.['event_at'])).sort((a, b) => a - b);
    const beginsAt = ends[ends.length - maxConcurrency] ?? Number.NEGATIVE_INFINITY;
    if (!(beginsAt > expiryMsOf(one.sent))) return [];
    const frames = [one.message, one.accepted, one.ended].map(({ frame }) => frame);
    const rule: RuleId = 'inbox.ttl.dequeue';
    return [
      {
        rule,
        frames,
        what: `processed, though it was taken from the queue ${Math.round(beginsAt - expiryMsOf(one.sent))} ms after its expiry`,
        expected: 'rejected expired',
      },
    ];
  });
}

function judgeRate(work: readonly Taken[]): Found[] {
  const senders = new Map<string, Taken[]>();
  for (const one of work) {
    const sender = text(one.sent['from_account_id']);
    if (one.sent['kind'] !== 'stream') senders.set(sender, [...(senders.get(sender) ?? []), one]);
  }
  return [...senders.values()].flatMap((own) => {
    const excess = own.findIndex(
      (_, index) => index >= atOnce && secondsOver(own, index) * limits.rateLimitPerSecond < 1,
    );
    if (excess < 0) return [];
    const window = own.slice(excess - atOnce, excess + 1);
    const tags = new Set(window.map(({ sent }) => text(sent['from_session_tag'])));
    const frames = window.map(({ message }) => message.frame);
    const rule: RuleId = tags.size > 1 ? 'inbox.rate-limit.forged' : 'inbox.rate-limit';
    return [
      {
        rule,
        frames,
        what: `${window.length} messages of one account at once, under ${tags.size} session tags, all accepted`,
        expected: `at most ${limits.rateLimitBurst} at once`,
      },
    ];
  });
}

/** Receivers count on their own clock, which may run a moment behind the wire. */
const atOnce = limits.rateLimitBurst + 1;

/** Seconds in which one message more came than may come at once. */
function secondsOver(own: readonly Taken[], index: number): number {
  const first = own[index - atOnce];
  const last = own[index];
  return first && last ? (last.message.frame.afterMs - first.message.frame.afterMs) / 1000 : Number.POSITIVE_INFINITY;
}
