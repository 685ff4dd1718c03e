import { check, type RuleId } from '@agentnet/protocol';
import { type Conversation, type Heard, type MessageStory, text } from './conversation.js';
import type { Found } from './finding.js';
import { standsForReceipts } from './verdicts.js';

/** Replies that stand for receipts: only where they were asked for, once, and somebody says what became of the request. */
export function judgeWithReply(conversation: Conversation): Found[] {
  return [
    ...conversation.heard.flatMap(judgeKind),
    ...conversation.stories.flatMap((story) => [...judgeAsked(story), ...judgeOutcome(conversation, story)]),
  ];
}

const unasked = (frames: Found['frames'], what: string): Found => ({
  rule: 'receipt.with-reply.asked',
  frames,
  what,
  expected: 'no parent_status',
});

function judgeKind({ frame, json, role }: Heard): Found[] {
  const isMessage = role === 'message' || role === 'message reply';
  if (!isMessage || json?.['parent_status'] === undefined || json['kind'] === 'reply') return [];
  return [unasked([frame], `a parent_status in a message of kind ${text(json['kind'])}`)];
}

function judgeAsked({ copies, replies }: MessageStory): Found[] {
  return replies.filter(standsForReceipts).flatMap((reply, index) => {
    const asked = copies.find(({ frame }) => frame === reply.request);
    const frames = [...(asked ? [asked.frame] : []), reply.frame];
    if (asked?.json?.['receipts'] !== 'with_reply') return [unasked(frames, 'a parent_status nobody asked for')];
    return index === 0 ? [] : [unasked(frames, 'a parent_status in the answer to a repetition')];
  });
}

/** A request whose receipts may come with the reply, and did not. */
function judgeOutcome(conversation: Conversation, { copies, receipts, replies }: MessageStory): Found[] {
  const [asked, ...others] = copies;
  const [reply] = replies;
  if (!asked || others.length > 0 || reply?.json?.['kind'] !== 'reply' || asked.json?.['receipts'] !== 'with_reply')
    return [];
  if (receipts.length > 0 || replies.some(standsForReceipts)) return [];
  if (check('AccountId', asked.json['from_account_id']).length > 0 || !conversation.wentOnAfter(reply.frame)) return [];
  const rule: RuleId = 'receipt.with-reply';
  const expected = 'receipts, or a reply that stands for them';
  return [
    { rule, frames: [asked.frame, reply.frame], what: 'a reply without parent_status, and no receipt', expected },
  ];
}
