import { matchSubject } from '@agentnet/protocol';
import { answering, asking, type Body, edited, type FaultyRegistry, mutant, refusing, rewritten } from './fault.js';

const status = (change: (reply: Body, asked: Body) => Body): FaultyRegistry['fault'] => edited('thread_status', change);
const rows = (change: (rows: Body[], asked: Body) => Body[]): FaultyRegistry['fault'] =>
  edited('thread_list', (reply, asked) => ({ ...reply, results: change(reply['results'], asked) }));

/** Registries that are wrong about threads. */
export const threadMutants: readonly FaultyRegistry[] = [
  mutant(
    'bytes-of-the-wire',
    ['thread.status.counters'],
    status((reply) => ({ ...reply, byte_count: reply['byte_count'] - 1 })),
  ),
  mutant(
    'tokens-rounded-once',
    ['thread.status.counters'],
    status((reply) => ({ ...reply, approx_tokens: Math.ceil(reply['byte_count'] / 4) })),
  ),
  mutant(
    'nobody-takes-part',
    ['thread.status.participants'],
    status((reply) => ({ ...reply, participants: [] })),
  ),
  mutant(
    'participants-unsorted',
    ['thread.status.participants'],
    status((reply) => ({ ...reply, participants: [...reply['participants']].reverse() })),
  ),
  mutant(
    'last-message-is-now',
    ['thread.status.times'],
    status((reply) => ({ ...reply, last_message_at: reply['generated_at'] ?? new Date().toISOString() })),
  ),
  mutant(
    'made-by-nobody',
    ['thread.status.times'],
    status((reply) => ({ ...reply, created_by_account_id: null })),
  ),
  mutant(
    'always-well',
    ['thread.status.level'],
    status((reply) => ({ ...reply, status: 'ok' })),
  ),
  mutant(
    'limits-as-asked',
    ['thread.status.limits'],
    status((reply, asked) => ({
      ...reply,
      hard_limit_tokens: asked['hard_limit_tokens'] ?? reply['hard_limit_tokens'],
    })),
  ),
  mutant(
    'limits-ignored',
    ['thread.status.limits', 'thread.status.level'],
    asking('thread_status', (asked) => ({ thread_id: asked['thread_id'] })),
  ),
  mutant(
    'thread-error-of-its-own',
    ['thread.errors'],
    refusing((reply, { operation }) => (operation === 'thread_status' ? { ...reply, error: 'no thread' } : undefined)),
  ),
  mutant(
    'participant-ignored',
    ['thread.list.participant'],
    asking('thread_list', (asked) => void delete asked['participant_account_id']),
  ),
  mutant(
    'participant-name-ignored',
    ['thread.list.participant'],
    asking('thread_list', (asked) => void delete asked['participant_username']),
  ),
  mutant(
    'thread-query-minds-case',
    ['thread.list.query'],
    rows((all, { query = '' }) => all.filter(({ thread_id }) => thread_id.includes(query))),
  ),
  mutant(
    'thread-query-ignored',
    ['thread.list.query'],
    asking('thread_list', (asked) => void delete asked['query']),
  ),
  mutant('unknown-name-refused', ['thread.list.unknown'], {
    async answer({ operation, asked, ask }) {
      if (operation !== 'thread_list' || !asked?.['participant_username']) return 'unchanged';
      const reply = await ask();
      return reply['participant_account_id'] === null ? { error: 'not_found', code: 'not_found' } : reply;
    },
  }),
  mutant(
    'threads-backwards',
    ['thread.list.order'],
    rows((all) => [...all].reverse()),
  ),
  mutant(
    'future-threads-on-top',
    ['thread.list.future'],
    rows((all) =>
      [...all].sort((a, b) => (a['thread_id'].endsWith('_far') ? -1 : b['thread_id'].endsWith('_far') ? 1 : 0)),
    ),
  ),
  mutant(
    'checkpoint-ignored',
    ['thread.checkpoint'],
    status((reply) => ({ ...reply, latest_checkpoint_end: 0, pending_messages: reply['message_count'] })),
  ),
  mutant(
    'last-checkpoint-counts',
    ['thread.checkpoint'],
    status((reply) =>
      reply['latest_checkpoint_end'] > 3
        ? { ...reply, latest_checkpoint_end: 3, pending_messages: reply['message_count'] - 3 }
        : reply,
    ),
  ),
  mutant('compaction-events', ['thread.no-compaction-event'], {
    async answer({ operation, ask, publish, asked }) {
      if (operation !== 'thread_status' || !asked?.['soft_limit_tokens']) return 'unchanged';
      const reply = await ask();
      for (const account of reply['participants'] ?? [])
        publish(`account.${account}.inbox`, { kind: 'event', thread_id: asked['thread_id'] });
      return reply;
    },
  }),
  mutant('copies-counted', ['thread.counted-once'], {
    pass({ subject, json }, notes) {
      const id = json?.['message_id'];
      if (!matchSubject.accountInbox(subject) || !id) return 'unchanged';
      if (notes.has(id)) notes.set(json['thread_id'], (notes.get(json['thread_id']) ?? 0) + 1);
      notes.set(id, true);
      return 'unchanged';
    },
    ...edited('thread_status', (reply, asked, notes) => ({
      ...reply,
      message_count: reply['message_count'] + (notes.get(asked['thread_id']) ?? 0),
    })),
  }),
  mutant('receipts-as-messages', ['receipt.not-recorded'], {
    pass(frame) {
      const account = matchSubject.accountReceipts(frame.subject)?.account_id;
      return account === undefined ? 'unchanged' : [frame, { ...frame, subject: `account.${account}.inbox` }];
    },
  }),
  mutant('bodies-without-id-recorded', ['history.empty-key', 'thread.counted-once'], {
    pass: (frame) =>
      matchSubject.accountInbox(frame.subject) && frame.json && !frame.json['message_id']
        ? [rewritten(frame, { message_id: crypto.randomUUID() })]
        : 'unchanged',
  }),
  mutant('unknown-thread-refused', ['history.unknown-thread'], {
    async answer({ operation, ask }) {
      if (operation !== 'thread_messages') return 'unchanged';
      const reply = await ask();
      return reply['messages']?.length === 0 ? { error: 'not_found', code: 'not_found' } : reply;
    },
  }),
  mutant(
    'history-error-of-its-own',
    ['history.errors'],
    refusing((reply, { operation }) =>
      operation === 'thread_messages' ? { ...reply, error: 'no thread' } : undefined,
    ),
  ),
  mutant(
    'phantom-threads',
    ['history.first-wins.thread'],
    answering(({ operation, asked }) =>
      operation === 'thread_status' && String(asked?.['thread_id']).startsWith('other')
        ? phantom(String(asked?.['thread_id']))
        : undefined,
    ),
  ),
];

function phantom(thread_id: string): Body {
  return {
    thread_id,
    message_count: 0,
    byte_count: 0,
    approx_tokens: 0,
    pending_messages: 0,
    latest_checkpoint_end: 0,
    participants: [],
    status: 'ok',
  };
}
