import { limits, matchSubject } from '@agentnet/protocol';
import { asking, type Body, edited, type FaultyRegistry, mutant, type Passing, passing, rewritten } from './fault.js';

const isMessage = ({ subject }: Passing): boolean =>
  !subject.startsWith('registry.') && !matchSubject.accountReceipts(subject);
const isReceipt = ({ subject }: Passing): boolean => matchSubject.accountReceipts(subject) !== undefined;
const rows = (change: (row: Body) => Body): FaultyRegistry['fault'] =>
  edited(['thread_messages', 'message_search'], (reply) => ({ ...reply, messages: reply['messages'].map(change) }));
const page = (change: (reply: Body, asked: Body) => Body): FaultyRegistry['fault'] => edited('thread_messages', change);
const receipts = (change: (frame: Passing) => readonly Passing[] | 'unchanged'): FaultyRegistry['fault'] =>
  passing((frame) => (isReceipt(frame) ? change(frame) : 'unchanged'));

const decoded = (cursor: unknown): Body | undefined => {
  try {
    return JSON.parse(Buffer.from(String(cursor ?? ''), 'base64url').toString());
  } catch {
    return undefined;
  }
};
const encoded = (value: unknown): string => {
  const text = Buffer.from(JSON.stringify(value)).toString('base64');
  return text.replaceAll('+', '-').replaceAll('/', '_');
};

/** Registries that are wrong about messages on record. */
export const historyMutants: readonly FaultyRegistry[] = [
  mutant(
    'anonymous-messages-not-recorded',
    ['history.captured'],
    passing((frame) => (isMessage(frame) && frame.json && !frame.json['from_account_id'] ? [] : 'unchanged')),
  ),
  mutant(
    'row-without-metadata',
    ['history.row'],
    rows(({ metadata: _, ...row }) => row),
  ),
  mutant(
    'kind-of-its-own',
    ['history.row'],
    rows((row) => ({ ...row, kind: 'direct' })),
  ),
  mutant(
    'absent-left-out',
    ['history.row.null', 'history.row'],
    rows((row) =>
      Object.fromEntries(Object.entries(row).filter(([name, value]) => value !== null || name === 'payload')),
    ),
  ),
  mutant(
    'status-of-its-own',
    ['history.row.null'],
    rows((row) => ({ ...row, status: 'accepted' })),
  ),
  mutant(
    'payload-as-text',
    ['history.payload'],
    rows((row) => ({ ...row, payload: JSON.stringify(row['payload']) })),
  ),
  mutant(
    'numbers-of-javascript',
    ['history.payload'],
    page((reply) => ({ ...reply })),
  ),
  mutant(
    'oldest-first',
    ['history.paging'],
    page((reply) => ({ ...reply, messages: [...reply['messages']].reverse() })),
  ),
  mutant(
    'page-repeats-a-row',
    ['history.paging'],
    page((reply) => ({ ...reply, messages: [...reply['messages'], ...reply['messages'].slice(-1)] })),
  ),
  mutant(
    'ties-lost',
    ['history.paging.ties'],
    page((reply, { cursor }) =>
      cursor && decoded(cursor)?.['sent_at'] === reply['messages'][0]?.sent_at
        ? { ...reply, messages: [], next_cursor: null }
        : reply,
    ),
  ),
  mutant('cursor-keys-swapped', ['history.cursor.format'], {
    async answer({ operation, asked, ask }) {
      if (operation !== 'thread_messages') return 'unchanged';
      const reply = await ask();
      const content = decoded(reply['next_cursor']);
      return content && asked
        ? { ...reply, next_cursor: encoded({ sent_at: content['sent_at'], message_id: content['message_id'] }) }
        : reply;
    },
  }),
  mutant(
    'replies-not-recorded',
    ['history.replies'],
    passing((frame) => (frame.subject.startsWith('_INBOX.') ? [] : 'unchanged')),
  ),
  mutant(
    'kind-filter-ignored',
    ['history.search.filters'],
    asking('message_search', (asked) => void delete asked['kind']),
  ),
  mutant(
    'bounds-exclusive',
    ['history.search.filters'],
    edited('message_search', (reply, { to_ts }) => ({
      ...reply,
      messages: reply['messages'].filter(({ sent_at }: Body) => !to_ts || Date.parse(sent_at) < Date.parse(to_ts)),
    })),
  ),
  mutant(
    'bad-dates-ignored',
    ['history.search.dates'],
    asking(
      'message_search',
      (asked) => void (Number.isNaN(Date.parse(asked['from_ts'] ?? 0)) && delete asked['from_ts']),
    ),
  ),
  mutant(
    'filters-not-repeated',
    ['history.search.echo'],
    edited('message_search', (reply) => ({ ...reply, filters: { ...reply['filters'], from_ts: null } })),
  ),
  mutant(
    'words-ignored',
    ['history.search.words'],
    asking('message_search', (asked) => void (/\p{L}/u.test(asked['text'] ?? '') && delete asked['text'])),
  ),
  mutant(
    'text-without-words-taken',
    ['history.search.words.none'],
    asking('message_search', (asked) => void (asked['text'] === '%_' && delete asked['text'])),
  ),
  mutant(
    'participant-of-searches-ignored',
    ['history.search.participant'],
    asking('message_search', (asked) => void delete asked['participant_account_id']),
  ),
  mutant(
    'status-ignored',
    ['history.search.status'],
    asking('message_search', (asked) => void delete asked['status']),
  ),
  mutant(
    'time-of-receipt-ignored',
    ['history.search.received'],
    asking('message_search', (asked) => {
      delete asked['received_from_ts'];
      delete asked['received_to_ts'];
    }),
  ),
  mutant(
    'unused-filters-repeated',
    ['history.search.echo-used', 'history.search.filters'],
    edited('message_search', (reply) => ({ ...reply, filters: { trace_id: null, ...reply['filters'] } })),
  ),
  mutant('times-compared-as-text', ['history.order.true-time'], {
    async answer({ operation, asked, ask }) {
      if (operation !== 'thread_messages' || !asked) return 'unchanged';
      const reply = await ask({ thread_id: asked['thread_id'], limit: limits.messagesLimitMax });
      if ('error' in reply) return reply;
      const all: Body[] = [...reply['messages']].sort((a, b) => (a['sent_at'] < b['sent_at'] ? 1 : -1));
      const from = Number(asked['cursor'] ?? 0);
      const to = from + (asked['limit'] ?? limits.messagesLimitDefault);
      return {
        ...reply,
        messages: all.slice(from, to),
        cursor: asked['cursor'] ?? null,
        next_cursor: to < all.length ? String(to) : null,
      };
    },
  }),
  mutant(
    'pages-without-end',
    ['history.order.complete'],
    page((reply) => ({
      ...reply,
      next_cursor: reply['next_cursor'] ?? encoded({ message_id: 'zz', sent_at: '9999-01-01T00:00:00Z' }),
    })),
  ),
  mutant('poison-ends-the-history', ['history.poison'], {
    pass(frame, notes) {
      if (isMessage(frame) && frame.text.includes('\\u0000')) notes.set('dead', true);
      return isMessage(frame) && notes.get('dead') ? [] : 'unchanged';
    },
  }),
  mutant('last-content-wins', ['history.first-wins'], {
    pass(frame, notes) {
      if (isMessage(frame) && frame.json?.['message_id']) notes.set(frame.json['message_id'], frame.json['payload']);
      return 'unchanged';
    },
    ...edited('thread_messages', (reply, _, notes) => ({
      ...reply,
      messages: reply['messages'].map((row: Body) => ({
        ...row,
        payload: notes.get(row['message_id']) ?? row['payload'],
      })),
    })),
  }),
  mutant(
    'dotted-names-not-recorded',
    ['history.dotted', 'history.replies'],
    passing((frame) => (/^agent\.capability\..*\./.test(frame.subject) ? [] : 'unchanged')),
  ),
  mutant(
    'received-when-sent',
    ['history.received-at'],
    rows((row) => ({ ...row, received_at: row['sent_at'] })),
  ),
  mutant(
    'sender-name-forgotten',
    ['history.envelope'],
    rows((row) => ({ ...row, from_agent: null })),
  ),
  mutant(
    'receipts-ignored',
    ['history.receipts.status'],
    receipts(() => []),
  ),
  mutant(
    'late-accepted-replaces',
    ['history.receipts.order'],
    rows((row) => (row['accepted_at'] && row['status'] === 'processed' ? { ...row, status: 'accepted' } : row)),
  ),
  mutant(
    'duplicates-count',
    ['history.receipts.duplicate', 'history.search.status'],
    receipts((frame) => (frame.json?.['code'] === 'duplicate' ? [rewritten(frame, { code: 'busy' })] : 'unchanged')),
  ),
  mutant('receipts-of-strangers-count', ['history.receipts.recipient', 'history.receipts.status'], {
    pass(frame, notes) {
      if (isMessage(frame) && frame.json?.['message_id'])
        notes.set(frame.json['message_id'], frame.json['to_account_id']);
      const addressee = isReceipt(frame) && notes.get(frame.json?.['message_id']);
      return addressee && frame.json?.['from_account_id']
        ? [rewritten(frame, { from_account_id: addressee })]
        : 'unchanged';
    },
  }),
  mutant(
    'odd-receipts-count',
    ['history.receipts.odd', 'history.receipts.status'],
    receipts((frame) =>
      frame.json?.['status'] === 'burnt' ? [rewritten(frame, { status: 'processed' })] : 'unchanged',
    ),
  ),
  mutant(
    'replies-stand-for-no-receipts',
    ['history.receipts.with-reply'],
    passing((frame) =>
      isMessage(frame) && frame.json?.['parent_status']
        ? [rewritten(frame, { parent_status: undefined })]
        : 'unchanged',
    ),
  ),
  mutant(
    'any-parent-status-counts',
    ['history.receipts.with-reply'],
    passing((frame) =>
      isMessage(frame) && frame.json?.['parent_status']
        ? [rewritten(frame, { parent_status: 'processed' })]
        : 'unchanged',
    ),
  ),
  mutant(
    'error-replies-stand-for-receipts',
    ['history.receipts.with-reply'],
    passing((frame) =>
      isMessage(frame) && frame.json?.['parent_status'] ? [rewritten(frame, { kind: 'reply' })] : 'unchanged',
    ),
  ),
  mutant('replies-of-strangers-stand-for-receipts', ['history.receipts.with-reply'], {
    pass(frame, notes) {
      if (!isMessage(frame) || !frame.json) return 'unchanged';
      notes.set(frame.json['message_id'], frame.json['to_account_id']);
      const from_account_id = frame.json['parent_status'] && notes.get(frame.json['parent_message_id']);
      return from_account_id ? [rewritten(frame, { from_account_id })] : 'unchanged';
    },
  }),
  mutant('history-answers-requests', ['subject.history.no-ack'], { acknowledges: true }),
];
