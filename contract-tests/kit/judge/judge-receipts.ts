import { check, errorCodes, isErrorCode, matchSubject, type RuleId } from '@agentnet/protocol';
import { asObject, type Conversation, type Heard, type Json, type MessageStory, text } from './conversation.js';
import type { Found } from './finding.js';
import { readReceipts } from './receipt-order.js';
import { heardReceipt, verdictsBySession } from './verdicts.js';

/** What receivers tell senders: form, addressee, what is repeated of the message, order. */
export function judgeReceipts(conversation: Conversation): Found[] {
  return [
    ...conversation.of('receipt').flatMap(judgeForm),
    ...conversation.stories.flatMap((story) => [
      ...judgeRepetition(story),
      ...judgeOrder(story),
      ...judgeErrorReply(story),
    ]),
  ];
}

function judgeForm({ frame, json }: Heard): Found[] {
  const frames = [frame];
  const account = matchSubject.accountReceipts(frame.subject)?.account_id;
  if (account === undefined)
    return [
      {
        rule: 'message.sender.hostile',
        frames,
        what: frame.subject,
        expected: 'no publish on a subject made of a hostile id',
      },
    ];
  const [broken] = check('SentReceipt', json);
  if (broken || !json)
    return [
      {
        rule: 'receipt.fields',
        frames,
        what: `${broken?.path || 'the receipt'} ${broken?.message}`,
        expected: 'a SentReceipt',
      },
    ];
  if (json['to_account_id'] !== account)
    return [
      { rule: 'receipt.subject', frames, what: `to_account_id ${String(json['to_account_id'])}`, expected: account },
    ];
  return judgeCode(json, frames);
}

function judgeCode({ status, code, detail }: Json, frames: Found['frames']): Found[] {
  if (status !== 'rejected') {
    if (code === undefined && detail === undefined) return [];
    return [
      {
        rule: 'receipt.happy',
        frames,
        what: `${String(status)} with code ${String(code)}`,
        expected: 'neither code nor detail',
      },
    ];
  }
  if (!isErrorCode(code))
    return [{ rule: 'receipt.refused', frames, what: `code ${String(code)}`, expected: 'a code of the specification' }];
  const exact = errorCodes[code].detail;
  if (exact === undefined || code === 'duplicate' || detail === exact) return [];
  return [{ rule: 'receipt.refused', frames, what: `detail ${String(detail)} of ${code}`, expected: exact }];
}

function judgeRepetition({ copies, receipts }: MessageStory): Found[] {
  const [message] = copies;
  const sent = message?.json;
  // Of a message that breaks its schema only what is well formed can be repeated.
  if (!sent || text(sent['message_id']) === '' || check('Message', sent).length > 0) return [];
  return receipts.flatMap(({ frame, json = {} }) => {
    const wanted = {
      thread_id: text(sent['thread_id']),
      parent_message_id: text(sent['parent_message_id']),
      trace_id: text(sent['trace_id']) || text(sent['message_id']),
    };
    const [odd] = Object.entries(wanted).filter(([name, value]) => value !== '' && text(json[name]) !== value);
    if (!odd || check('SentReceipt', json).length > 0) return [];
    const rule: RuleId = 'receipt.fields';
    return [{ rule, frames: [message.frame, frame], what: `${odd[0]} ${text(json[odd[0]])}`, expected: odd[1] }];
  });
}

function judgeOrder(story: MessageStory): Found[] {
  const { copies } = story;
  if (text(copies[0]?.json?.['message_id']) === '') return [];
  return [...verdictsBySession(story).values()].flatMap((own) => {
    const frames = [...copies, ...own].map(({ frame }) => frame);
    const isWithReply = own.some(({ role }) => role !== 'receipt');
    return readReceipts(own.map(heardReceipt), { isCopied: copies.length > 1 }).oddities.map((what) => ({
      rule: isWithReply ? ruleBesideReply(what) : ruleOfOddity(what),
      frames,
      what,
      expected: isWithReply
        ? 'either receipts or a reply that stands for them'
        : 'accepted, then processed or rejected',
    }));
  });
}

/** Who fails after a reply that says processed has said what was not true; other receipts are said twice. */
function ruleBesideReply(what: string): RuleId {
  return what.startsWith('rejected') ? 'receipt.with-reply.true' : 'receipt.with-reply';
}

function ruleOfOddity(what: string): RuleId {
  if (what === 'accepted twice') return 'inbox.duplicate';
  return what.startsWith('timeout')
    ? 'receipt.timeout'
    : what.startsWith('handler_error')
      ? 'receipt.handler-error'
      : 'receipt.happy';
}

function judgeErrorReply({ copies, receipts, replies }: MessageStory): Found[] {
  if (copies.length > 1) return [];
  const rejected = receipts.find(({ json }) => json?.['status'] === 'rejected');
  const refused = replies.find(({ json }) => json?.['kind'] === 'error');
  if (!rejected || !refused) return [];
  const code = rejected.json?.['code'];
  const said = asObject(refused.json?.['payload'])?.['error'];
  if (code === said) return [];
  return [
    {
      rule: 'request.refused',
      frames: [rejected.frame, refused.frame],
      what: `the error reply says ${String(said)}`,
      expected: `${String(code)}, as the receipt`,
    },
  ];
}
