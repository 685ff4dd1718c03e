import { check, is, isErrorCode, type RuleId } from '@agentnet/protocol';
import { asObject, type Conversation, type Heard, type Json, objectOf, text } from './conversation.js';
import type { Found } from './finding.js';

/** What agents answer to requests: the envelope, the correlation, one reply each, on an inbox. */
export function judgeReplies(conversation: Conversation): Found[] {
  return [
    ...conversation.of('message reply').flatMap(judgeReply),
    // Each copy of a request has a reply subject of its own and gets the same reply.
    ...conversation.of('message').flatMap(({ frame }) => {
      const real = conversation.answersTo(frame).filter(({ json }) => json?.['kind'] === 'reply');
      const frames = real.map((reply) => reply.frame);
      if (real.length < 2) return [];
      const rule: RuleId = 'request.reply.shape';
      return [{ rule, frames, what: `${real.length} replies to one request`, expected: 'one reply' }];
    }),
  ];
}

/** What a receiver could not read has no ids for it. */
function isUnread(reply: Json | undefined): boolean {
  const payload = asObject(reply?.['payload']);
  return payload?.['error'] === 'bad_message' && payload['request_message_id'] === '';
}

function judgeReply({ frame, json, request }: Heard): Found[] {
  if (!request || frame.body.kind === 'truncated') return [];
  const frames = [request, frame];
  if (!/^_INBOX\.[^\s*>]+$/.test(frame.subject))
    return [
      {
        rule: 'message.reply-to.inbox',
        frames,
        what: `a reply on ${frame.subject}`,
        expected: 'a reply inbox, or none',
      },
    ];
  const isRefusal = json?.['kind'] === 'error';
  const rule: RuleId = isRefusal ? 'request.error.shape' : 'request.reply.shape';
  const [broken] = check('SentMessage', json);
  // An error reply to a message without ids has none to repeat.
  if (broken && !(isRefusal && objectOf(request) === undefined))
    return [{ rule, frames, what: `${broken.path || 'the reply'} ${broken.message}`, expected: 'a SentMessage' }];
  const asked = isRefusal && isUnread(json) ? {} : (objectOf(request) ?? {});
  const differences = json ? correlation(asked, json).filter(([, wanted, given]) => wanted !== given) : [];
  const found = differences.map(([name, wanted, given]) => ({
    rule,
    frames,
    what: `${name} ${given}`,
    expected: wanted,
  }));
  return [...found, ...(isRefusal && json ? judgeErrorPayload(asked, json, frames) : [])];
}

/** Field, what it has to be, what it is. */
function correlation(asked: Json, reply: Json): (readonly [string, string, string])[] {
  const id = text(asked['message_id']);
  const wanted = [
    ['parent_message_id', id],
    ['to_account_id', text(asked['from_account_id'])],
  ] as const;
  const copied = text(asked['thread_id']) === '' ? [] : ([['thread_id', text(asked['thread_id'])]] as const);
  const traced = text(asked['trace_id']) || id;
  const trace = traced === '' ? [] : ([['trace_id', traced]] as const);
  // What is no id cannot be repeated.
  const repeatable = [...wanted, ...copied, ...trace].filter(([, value]) => is('IdText', value));
  return repeatable.map(([name, value]) => [name, value, text(reply[name])]);
}

function judgeErrorPayload(asked: Json, reply: Json, frames: Found['frames']): Found[] {
  const payload = asObject(reply['payload']) ?? {};
  const keys = Object.keys(payload).sort().join();
  if (keys !== 'detail,error,request_message_id,trace_id')
    return [
      {
        rule: 'request.error.shape',
        frames,
        what: `payload of ${keys}`,
        expected: 'error, detail, request_message_id and trace_id',
      },
    ];
  if (payload['request_message_id'] !== text(asked['message_id']))
    return [
      {
        rule: 'request.error.shape',
        frames,
        what: `request_message_id ${String(payload['request_message_id'])}`,
        expected: text(asked['message_id']),
      },
    ];
  if (isErrorCode(payload['error'])) return [];
  return [
    {
      rule: 'request.error.shape',
      frames,
      what: `error ${String(payload['error'])}`,
      expected: 'a code of the specification',
    },
  ];
}
