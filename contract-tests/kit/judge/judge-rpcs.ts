import { check, isErrorCode, limits, operations, type RpcName, type RuleId } from '@agentnet/protocol';
import { type Conversation, type Heard, operationOf, text } from './conversation.js';
import type { Found } from './finding.js';

/** Every registry call: one answer, of the right shape, and no success for a request that had to be refused. */
export function judgeRpcs(conversation: Conversation): Found[] {
  return conversation.of('rpc request').flatMap((request) => {
    const operation = operationOf(request.frame.subject);
    if (!operation || request.frame.reply === undefined) return [];
    const answers = conversation.answersTo(request.frame);
    return [
      ...judgeCount(conversation, request, answers),
      ...answers.flatMap((answer) => judgeAnswer(conversation, operation, { request, answer })),
    ];
  });
}

interface Call {
  readonly request: Heard;
  readonly answer: Heard;
}

function judgeCount(conversation: Conversation, request: Heard, answers: readonly Heard[]): Found[] {
  const frames = [request, ...answers].map(({ frame }) => frame);
  if (answers.length > 1)
    return [
      { rule: 'rpc.queue-group', frames, what: `${answers.length} answers to one request`, expected: 'one answer' },
    ];
  const registrySpeaks = conversation.of('rpc reply').some(({ frame }) => frame.n !== request.frame.n);
  if (answers.length === 1 || !registrySpeaks || !conversation.wentOnAfter(request.frame)) return [];
  return [{ rule: 'rpc.answered', frames, what: 'no answer', expected: 'an answer, an error reply at least' }];
}

function judgeAnswer(conversation: Conversation, operation: RpcName, { request, answer }: Call): Found[] {
  const frames = [request.frame, answer.frame];
  if (answer.frame.size > limits.replyMaxBytes)
    return [
      {
        rule: 'rpc.reply.size',
        frames,
        what: `${answer.frame.size} bytes`,
        expected: `at most ${limits.replyMaxBytes} bytes`,
      },
    ];
  if (answer.frame.body.kind === 'truncated') return [];
  if (!answer.json)
    return [{ rule: 'rpc.error.shape', frames, what: 'the answer is no object', expected: 'a JSON object' }];
  if ('error' in answer.json) return judgeRefusal(conversation, operation, { request, answer });
  const [accepted] = judgeAcceptance(operation, { request, answer });
  if (accepted) return [accepted];
  const [broken] = check(operations[operation].reply, answer.json);
  if (!broken) return [];
  const what = `${broken.path || 'the reply'} ${broken.message}`;
  return [{ rule: replyRules[operation], frames, what, expected: `a ${operations[operation].reply}` }];
}

/** Words that only the inside of a registry uses. */
const innerFacts =
  /\b(select|insert into|delete from|update \w+ set|sqlstate|pg_|relation "|duplicate key|ECONNREFUSED|at \w+ \(|traceback)/i;

function judgeRefusal(conversation: Conversation, operation: RpcName, { request, answer }: Call): Found[] {
  const frames = [request.frame, answer.frame];
  const { error, code, detail } = answer.json ?? {};
  const known: Readonly<Record<string, string>> = operations[operation].errors;
  if (innerFacts.test(`${text(error)} ${text(detail)}`))
    return [
      {
        rule: 'rpc.error.private',
        frames,
        what: `error ${String(error)}: ${String(detail)}`,
        expected: 'no inner facts',
      },
    ];
  if (!Object.values(known).includes(text(error)))
    return [
      { rule: 'rpc.error.shape', frames, what: `error ${String(error)}`, expected: Object.values(known).join(' | ') },
    ];
  if (code === undefined && !givesCodes(conversation)) return [];
  if (isErrorCode(code) && known[code] === error) return [];
  return [
    {
      rule: 'rpc.error.shape',
      frames,
      what: `code ${String(code)} with error ${String(error)}`,
      expected: 'the code of that text',
    },
  ];
}

/** Registries of the protocol's first version tell no codes at all, which `rpc.error.old-registry` allows. */
function givesCodes(conversation: Conversation): boolean {
  return conversation.of('rpc reply').some(({ json }) => json && 'error' in json && json['code'] !== undefined);
}

function judgeAcceptance(operation: RpcName, { request, answer }: Call): Found[] {
  if (operations[operation].ignoresMalformedBody || request.frame.body.kind === 'truncated') return [];
  const frames = [request.frame, answer.frame];
  const expected = 'an error reply of code bad_request';
  if (request.frame.body.kind === 'undecodable')
    return [{ rule: 'rpc.malformed', frames, what: 'a body that is no JSON was answered with success', expected }];
  if (request.frame.body.kind === 'json' && !request.json)
    return [{ rule: 'rpc.not-object', frames, what: 'a body that is no object was answered with success', expected }];
  const [broken] = check(operations[operation].request, request.json ?? {});
  if (!broken) return [];
  const what = `${broken.path} ${broken.message}, and was answered with success`;
  return [{ rule: acceptanceRule(operation, broken.path, broken.keyword), frames, what, expected }];
}

function acceptanceRule(operation: RpcName, path: string, keyword: string): RuleId {
  if (operation === 'register') return keyword === 'pattern' ? 'identity.ids.refused' : 'identity.register.types';
  if (operation === 'search' && path === '/limit') return 'discovery.search.limit-type';
  if (operation === 'search' && path === '/online_only') return 'discovery.search.flag-type';
  return keyword === 'required' ? 'rpc.required' : 'rpc.types';
}

const replyRules: Readonly<Record<RpcName, RuleId>> = {
  register: 'identity.register.reply',
  list: 'presence.list.row',
  resolve_account: 'identity.resolve.reply',
  resolve_key: 'auth.register.key',
  rotate_key: 'auth.key.rotate',
  revoke_key: 'auth.key.revoke',
  search: 'discovery.search.reply',
  profile: 'discovery.profile.reply',
  thread_status: 'thread.status.counters',
  thread_list: 'thread.list.order',
  thread_messages: 'history.row',
  message_search: 'history.row',
  metrics: 'discovery.metrics.reply',
};
