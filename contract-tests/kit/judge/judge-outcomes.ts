import { isDeepStrictEqual } from 'node:util';
import type { RuleId } from '@agentnet/protocol';
import { type Conversation, type Heard, type MessageStory, text } from './conversation.js';
import type { Found } from './finding.js';
import { verdictsBySession } from './verdicts.js';

/** What receivers remember: copies of what they took, of what failed, and keys that come again. */
export function judgeOutcomes(conversation: Conversation): Found[] {
  return [...conversation.stories.flatMap(judgeCopies), ...judgeKeys(conversation)];
}

type Standing = 'unknown' | 'taken' | 'failed';

/** Where a session stands with a message after some of its receipts. */
function standingAfter(standing: Standing, { json }: Heard): Standing {
  const status = json?.['status'];
  if (status === 'accepted' || status === 'processed') return 'taken';
  return status === 'rejected' && endings.has(text(json?.['code'])) && standing === 'taken' ? 'failed' : standing;
}

/** Codes with which accepted work ends. */
const endings: ReadonlySet<string> = new Set([
  'handler_error',
  'timeout',
  'service_degraded',
  'expired',
  'shutting_down',
]);

function judgeCopies(story: MessageStory): Found[] {
  const { copies } = story;
  if (copies.length < 2) return [];
  return [...verdictsBySession(story).values()].flatMap((own) => {
    const found: Found[] = [];
    let standing: Standing = 'unknown';
    for (const receipt of own) {
      const code = text(receipt.json?.['code']);
      const frames = [...copies, ...own].map(({ frame }) => frame);
      if (standing === 'taken' && code === 'rate_limited')
        found.push({
          rule: 'inbox.duplicate.before-rate',
          frames,
          what: 'a copy of an accepted message was refused as rate_limited',
          expected: 'rejected duplicate',
        });
      if (standing === 'failed' && code === 'duplicate')
        found.push({
          rule: 'inbox.duplicate.failed',
          frames,
          what: 'a copy of a message whose handling failed was refused as duplicate',
          expected: 'accepted, and handled',
        });
      standing = standingAfter(standing, receipt);
    }
    return found;
  });
}

/** Stories of one sender that share an idempotency key, two by two. */
function judgeKeys({ stories }: Conversation): Found[] {
  const keyed = new Map<string, MessageStory[]>();
  for (const story of stories) {
    const sent = story.copies[0];
    const key = text(sent?.json?.['idempotency_key']);
    if (!sent || key === '') continue;
    const place = `${sent.frame.subject} ${text(sent.json?.['from_account_id'])} ${key}`;
    keyed.set(place, [...(keyed.get(place) ?? []), story]);
  }
  return [...keyed.values()].flatMap(([first, ...later]) =>
    first ? later.flatMap((story) => judgeKey(first, story)) : [],
  );
}

function judgeKey(first: MessageStory, later: MessageStory): Found[] {
  const receipts = verdictsBySession(first);
  return [...verdictsBySession(later)].flatMap(([session, [verdict]]) => {
    const before = receipts.get(session)?.filter(({ frame }) => verdict && frame.n < verdict.frame.n) ?? [];
    const standing = before.reduce(standingAfter, 'unknown' as Standing);
    const rule = verdict && ruleOfKey({ standing, verdict, isSame: hasSamePayload(first, later) });
    if (!rule) return [];
    const frames = [...first.copies, ...before, ...later.copies, verdict].map(({ frame }) => frame);
    return [
      {
        rule,
        frames,
        what: `${text(verdict.json?.['status'])} ${text(verdict.json?.['code'])}`.trim(),
        expected: expectedOf[rule] ?? '',
      },
    ];
  });
}

interface KeyAgain {
  readonly standing: Standing;
  readonly verdict: Heard;
  readonly isSame: boolean;
}

function ruleOfKey({ standing, verdict, isSame }: KeyAgain): RuleId | undefined {
  const isDuplicate = verdict.json?.['code'] === 'duplicate';
  if (standing === 'failed' && isDuplicate) return 'inbox.duplicate.failed';
  if (standing === 'taken' && isDuplicate && !isSame) return 'inbox.idempotency.reused';
  return standing === 'taken' && verdict.json?.['status'] === 'accepted' ? 'inbox.idempotency' : undefined;
}

const expectedOf: Partial<Record<RuleId, string>> = {
  'inbox.duplicate.failed': 'accepted: the key failed before, so the message has to be handled',
  'inbox.idempotency.reused': 'rejected idempotency_key_reused, as the payload is another one',
  'inbox.idempotency': 'rejected duplicate, as the key was used before',
};

function hasSamePayload(first: MessageStory, later: MessageStory): boolean {
  return isDeepStrictEqual(first.copies[0]?.json?.['payload'], later.copies[0]?.json?.['payload']);
}
