import { check, limits, matchSubject, type RuleId } from '@agentnet/protocol';
import { type Conversation, type Heard, type Json, type MessageStory, text } from './conversation.js';
import type { Found } from './finding.js';
import { epochMsOf } from './instants.js';
import { verdictsBySession } from './verdicts.js';

/** What receivers took and refused, message by message: silence, and verdicts that the message itself contradicts. */
export function judgeGates(conversation: Conversation): Found[] {
  return conversation.stories.flatMap((story) => [
    ...judgeSilence(conversation, story),
    ...judgeFirstVerdict(story),
    ...judgeAudience(story),
  ]);
}

function judgeSilence(conversation: Conversation, { copies, receipts, replies }: MessageStory): Found[] {
  const [message] = copies;
  if (!message || receipts.length + replies.length > 0 || !isAttended(conversation, message)) return [];
  const silence = wordForSilence(message);
  if (!silence || !conversation.wentOnAfter(message.frame)) return [];
  return [
    { rule: silence[0], frames: [message.frame], what: 'neither a receipt nor an error reply', expected: silence[1] },
  ];
}

/** Whether an agent answers on the account a message went to. */
function isAttended({ memory }: Conversation, { frame }: Heard): boolean {
  return memory.answering.has(matchSubject.accountInbox(frame.subject)?.account_id ?? '');
}

function wordForSilence({ frame, json }: Heard): readonly [RuleId, string] | undefined {
  const hasReply = frame.reply !== undefined;
  if (frame.size > limits.messageMaxBytes)
    return hasReply ? ['message.size.reply', 'an error reply payload_too_large that names the limit'] : undefined;
  if (!json)
    return hasReply && frame.body.kind !== 'empty' ? ['message.malformed', 'an error reply bad_message'] : undefined;
  const sender = text(json['from_account_id']);
  if (check('AccountId', sender).length > 0) return undefined;
  if (check('Message', json).length > 0) return ['message.malformed.receipt', 'a receipt rejected of code bad_message'];
  const lives = epochMsOf(json['sent_at']) + Number(json['ttl_ms'] ?? 0);
  if (lives > lastInstantMs) return ['inbox.ttl.overflow', 'a receipt, whatever it says'];
  return ['receipt.happy', 'a receipt'];
}

const lastInstantMs = Date.UTC(9999, 11, 31, 23, 59, 59, 999);

function judgeFirstVerdict(story: MessageStory): Found[] {
  const { copies } = story;
  const [message] = copies;
  if (!message?.json || copies.length > 1) return [];
  const sent = message.json;
  return [...verdictsBySession(story).values()].flatMap(([first]) => {
    const verdict = first?.json;
    if (!first || !verdict) return [];
    const due = dueRefusal(sent, epochMsOf(verdict['event_at']));
    const said = verdict['status'] === 'rejected' ? text(verdict['code']) : text(verdict['status']);
    const contradiction = contradict(due, said, sent);
    if (!contradiction) return [];
    return [
      {
        rule: contradiction,
        frames: [message.frame, first.frame],
        what: said,
        expected: due ? `rejected ${due.code}` : 'not this refusal',
      },
    ];
  });
}

interface DueRefusal {
  readonly code: string;
  readonly rule: RuleId;
}

/** What the envelope alone demands, gate after gate. */
function dueRefusal(sent: Json, atMs: number): DueRefusal | undefined {
  if (check('Message', sent).length > 0) return { code: 'bad_message', rule: 'message.read.types' };
  const version = sent['schema_version'];
  const major = String(version ?? '').trim() === '' ? '1' : (String(version).trim().split('.', 1)[0]?.trim() ?? '');
  if (!/^[+-]?\p{Nd}(?:_?\p{Nd})*$/u.test(major))
    return { code: 'schema_version_invalid', rule: 'inbox.schema-version.invalid' };
  if (/^[+]?\d+$/.test(major) && Number(major) !== limits.supportedSchemaMajor)
    return { code: 'unsupported_schema_version', rule: 'inbox.schema-version.unsupported' };
  const expiry = expiryMsOf(sent);
  if (Number.isNaN(expiry)) return { code: 'missing_ttl', rule: 'inbox.ttl.missing' };
  return atMs >= expiry ? { code: 'expired', rule: 'inbox.ttl.expired' } : undefined;
}

/** When a message expires, `NaN` when it does not say. */
export function expiryMsOf(sent: Json): number {
  const stated = epochMsOf(sent['expires_at']);
  const ttl = sent['ttl_ms'];
  const computed = typeof ttl === 'number' ? epochMsOf(sent['sent_at']) + Math.max(0, ttl) : Number.NaN;
  if (Number.isNaN(stated)) return computed;
  return Number.isNaN(computed) ? stated : Math.min(stated, computed);
}

/** Clocks of sender and receiver may differ by this much. */
const clockSlackMs = 1000;
const ttlCodes = new Set(['missing_ttl', 'expired']);
/** Refusals that come between the schema version and the ttl. */
const between = /^(auth_|shutting_down$|service_degraded$)/;

function contradict(due: DueRefusal | undefined, said: string, sent: Json): RuleId | undefined {
  if (due) {
    if (said === due.code || (ttlCodes.has(due.code) && between.test(said))) return undefined;
    if (ttlCodes.has(due.code) && (said === 'schema_version_invalid' || said === 'unsupported_schema_version'))
      return 'inbox.schema-version';
    return due.rule;
  }
  const expiry = expiryMsOf(sent);
  if (said === 'missing_ttl') return 'inbox.ttl.missing';
  if (said === 'expired') return expiry - epochMsOf(sent['sent_at']) > clockSlackMs ? 'inbox.ttl.table' : undefined;
  return said === 'schema_version_invalid' || said === 'unsupported_schema_version'
    ? 'inbox.schema-version'
    : undefined;
}

/** A signature names its addressee; taken by another account, the message was delivered again by somebody else. */
function judgeAudience(story: MessageStory): Found[] {
  const receipts = [...verdictsBySession(story).values()].flat();
  return story.copies.flatMap(({ frame, json }) => {
    const account = matchSubject.accountInbox(frame.subject)?.account_id;
    const accepted = receipts.find(
      (receipt) => receipt.json?.['status'] === 'accepted' && receipt.json['from_account_id'] === account,
    );
    const signedFor = text(json?.['to_account_id']);
    if (!accepted || json?.['auth'] === undefined || signedFor === account) return [];
    const rule: RuleId = 'auth.message.audience';
    return [
      {
        rule,
        frames: [frame, accepted.frame],
        what: `accepted by ${account}`,
        expected: `refused: it is signed for ${signedFor}`,
      },
    ];
  });
}
