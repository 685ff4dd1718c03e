import { operations } from '@agentnet/protocol';
import { answering, asking, type Body, edited, type FaultyRegistry, mutant, refusing } from './fault.js';

const badRequest: Body = { error: 'bad_request', code: 'bad_request', detail: 'the body is not good' };
const isJson = (text: string): boolean => {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
};
const tolerant = ['list', 'metrics'];
const known: Readonly<Record<string, readonly string[]>> = {
  search: ['query', 'limit', 'cursor', 'capability', 'online_only', 'strict_cursor'],
};

/** Registries that are wrong whatever is asked. */
export const rpcMutants: readonly FaultyRegistry[] = [
  mutant(
    'silent-on-malformed-bodies',
    ['rpc.answered', 'rpc.malformed'],
    answering(({ text }) => (text !== '' && !isJson(text) ? 'silence' : undefined)),
  ),
  mutant('malformed-taken-as-empty', ['rpc.malformed'], {
    answer: ({ text, ask }) => (text !== '' && !isJson(text) ? ask({}) : 'unchanged'),
  }),
  mutant(
    'empty-body-refused',
    ['rpc.empty-body'],
    answering(({ text, operation }) => (text === '' && !tolerant.includes(operation) ? badRequest : undefined)),
  ),
  mutant('array-taken-as-empty', ['rpc.not-object'], {
    answer: ({ text, ask }) => (text.startsWith('[') ? ask({}) : 'unchanged'),
  }),
  mutant(
    'missing-field-as-bad-request',
    ['rpc.required', 'identity.register.errors', 'thread.errors'],
    refusing((reply) => (reply['code'] === 'field_required' ? badRequest : undefined)),
  ),
  mutant(
    'refusals-without-detail',
    ['rpc.types', 'limits.lengths'],
    refusing(({ detail: _, ...reply }) => reply),
  ),
  mutant(
    'null-refused',
    ['rpc.null'],
    answering(({ operation, asked }) =>
      operation === 'register' && asked?.['capabilities'] === null ? badRequest : undefined,
    ),
  ),
  mutant(
    'unknown-fields-refused',
    ['rpc.unknown-fields'],
    answering(({ operation, asked = {} }) =>
      known[operation] && Object.keys(asked).some((name) => !known[operation]?.includes(name)) ? badRequest : undefined,
    ),
  ),
  mutant(
    'errors-without-code',
    ['rpc.error.shape', 'rpc.not-object'],
    refusing(({ code: _, ...reply }) => reply),
  ),
  mutant(
    'sql-in-the-detail',
    ['rpc.error.private'],
    refusing((reply) => ({ ...reply, detail: 'syntax error in SELECT * FROM agent_accounts WHERE id = 1' })),
  ),
  mutant('acts-without-reply-subject', ['rpc.no-reply-subject'], {
    answer: ({ hasReply, ask }) => (hasReply ? 'unchanged' : ask()),
  }),
  mutant(
    'two-answers',
    ['rpc.queue-group'],
    answering(() => 'twice'),
  ),
  mutant(
    'limit-ignored',
    ['rpc.limit'],
    asking(['thread_messages', 'message_search'], (asked) => void delete asked['limit']),
  ),
  mutant(
    'large-pages-fail',
    ['history.large-page'],
    edited('thread_messages', (reply) =>
      JSON.stringify(reply).length > 300_000 ? { error: 'thread_messages_failed', code: 'internal_error' } : reply,
    ),
  ),
  mutant('large-pages-unanswered', ['rpc.reply.size', 'rpc.page.bytes', 'history.large-page'], {
    async answer({ operation, ask }) {
      if (operation !== 'thread_messages') return 'unchanged';
      const reply = await ask();
      return JSON.stringify(reply).length > 300_000 ? 'silence' : reply;
    },
  }),
  mutant(
    'one-message-of-a-large-page',
    ['rpc.page.bytes'],
    edited('thread_messages', (reply) =>
      JSON.stringify(reply).length > 300_000
        ? { ...reply, messages: reply['messages'].slice(0, 1), next_cursor: null }
        : reply,
    ),
  ),
  mutant(
    'bad-cursor-refused',
    ['rpc.cursor.bad'],
    answering(({ asked }) =>
      asked?.['cursor'] === 'garbage' && !asked['strict_cursor']
        ? { error: 'cursor_invalid', code: 'cursor_invalid' }
        : undefined,
    ),
  ),
  mutant(
    'cursor-not-repeated',
    ['rpc.cursor.bad'],
    edited('thread_messages', (reply) => ({ ...reply, cursor: null })),
  ),
  mutant(
    'strict-cursor-ignored',
    ['rpc.cursor.strict'],
    asking(['search', 'thread_messages'], (asked) => void delete asked['strict_cursor']),
  ),
  mutant(
    'replicas-disagree',
    ['rpc.replicas.agree'],
    edited('resolve_account', (reply, _, notes) => {
      const turn = (notes.get('turn') ?? 0) + 1;
      notes.set('turn', turn);
      return turn % 2 ? reply : { ...reply, account_id: `${reply['account_id']}2` };
    }),
  ),
  mutant(
    'huge-number-internal-error',
    ['limits.numbers'],
    answering(({ operation, text }) =>
      text.includes('1e999') && operation === 'search'
        ? { error: operations.search.errors.internal_error, code: 'internal_error' }
        : undefined,
    ),
  ),
  mutant(
    'long-texts-cut',
    ['limits.lengths'],
    asking('thread_status', (asked) => ({ ...asked, thread_id: String(asked['thread_id'] ?? '').slice(0, 100) })),
  ),
  mutant(
    'dead-after-a-deep-body',
    ['limits.harmless', 'rpc.answered'],
    answering(({ text }, notes) => {
      if (text.startsWith('[[[[')) notes.set('dead', true);
      return notes.get('dead') && !text.startsWith('[') ? 'silence' : undefined;
    }),
  ),
];
