import { check, type Feature, limits, matchSubject, type RuleId, type Violation } from '@agentnet/protocol';
import { type Conversation, type Heard, type MessageStory, text } from './conversation.js';
import type { Found } from './finding.js';
import { epochMsOf } from './instants.js';
import type { Memory } from './memory.js';

/** What agents send: the envelope, its subject, and that copies are copies. */
export function judgeSentMessages(conversation: Conversation, isMadeByTest: (heard: Heard) => boolean): Found[] {
  return conversation.stories.flatMap((story) => {
    const [first] = story.copies;
    if (!first?.json || isMadeByTest(first)) return [];
    return [
      ...judgeEnvelope(first),
      ...judgeSubject(first),
      ...judgeFeature(first, conversation.memory),
      ...judgeCopies(story),
    ];
  });
}

const receiptsWithReply: Feature = 'receipts_with_reply';

/** What was told before is known of sessions only whose registration was recorded. */
function judgeFeature({ frame, json = {} }: Heard, { tags, features }: Memory): Found[] {
  const tag = text(json['from_session_tag']);
  if (json['receipts'] === undefined || !tags.has(tag) || features.get(tag)?.includes(receiptsWithReply)) return [];
  return [
    {
      rule: 'receipt.with-reply.feature',
      frames: [frame],
      what: `receipts ${String(json['receipts'])}`,
      expected: `none, as the registry did not name ${receiptsWithReply}`,
    },
  ];
}

function judgeEnvelope({ frame, json = {} }: Heard): Found[] {
  const [broken] = check('SentMessage', json);
  if (broken) {
    const value = valueAt(json, broken.path);
    return [
      {
        rule: envelopeRule(broken, value),
        frames: [frame],
        what: `${broken.path || 'the message'} ${broken.message}`,
        expected: 'a SentMessage',
      },
    ];
  }
  if (frame.size > limits.messageMaxBytes)
    return [
      {
        rule: 'message.size.sender',
        frames: [frame],
        what: `${frame.size} bytes`,
        expected: `at most ${limits.messageMaxBytes} bytes`,
      },
    ];
  const lives = epochMsOf(json['expires_at']) - epochMsOf(json['sent_at']);
  if (Math.abs(lives - Number(json['ttl_ms'])) <= 1) return [];
  return [
    {
      rule: 'message.sent.expiry',
      frames: [frame],
      what: `expires ${lives} ms after it was sent`,
      expected: `${String(json['ttl_ms'])} ms`,
    },
  ];
}

function envelopeRule({ path, keyword }: Violation, value: unknown): RuleId {
  if (value === null) return 'message.sent.no-null';
  if (keyword === 'required') return 'message.sent.fields';
  if (path === '/message_id') return 'message.sent.id';
  return path === '/sent_at' || path === '/expires_at' ? 'message.sent.timestamps' : 'message.sent.fields';
}

function judgeSubject({ frame, json = {} }: Heard): Found[] {
  const account = matchSubject.accountInbox(frame.subject)?.account_id;
  if (account !== undefined && json['to_account_id'] !== account)
    return [
      {
        rule: 'message.sent.target',
        frames: [frame],
        what: `to_account_id ${String(json['to_account_id'])}`,
        expected: account,
      },
    ];
  if (json['kind'] === 'request' && frame.reply === undefined)
    return [
      { rule: 'request.kind', frames: [frame], what: 'a request without reply subject', expected: 'a reply subject' },
    ];
  return [];
}

function judgeCopies({ copies }: MessageStory): Found[] {
  const [first, ...others] = copies;
  const other = others.find(
    ({ frame }) =>
      first?.frame.body.kind === 'json' && frame.body.kind === 'json' && frame.body.text !== first.frame.body.text,
  );
  if (!first || !other) return [];
  return [
    {
      rule: 'send.retry',
      frames: [first.frame, other.frame],
      what: 'a copy with other bytes',
      expected: 'identical bytes',
    },
  ];
}

function valueAt(body: Readonly<Record<string, unknown>>, path: string): unknown {
  return body[path.slice(1)];
}
