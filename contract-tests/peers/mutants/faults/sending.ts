import {
  agent,
  claiming,
  deafTo,
  doing,
  dropping,
  type FaultyAgent,
  isAnswer,
  isCapability,
  isDirect,
  isGoodbye,
  isHello,
  isInbox,
  isMessage,
  isReceipt,
  joining,
  ofKind,
  reading,
  saying,
  times,
  twice,
  withCode,
  writing,
} from '../fault.js';
import type { WireFrame } from '../nats-frames.js';

const statusOf = ({ json }: WireFrame): string => String(json?.['status'] ?? '');
const isRequest = ({ json }: WireFrame): boolean => json?.['kind'] === 'request';
const known = ['accepted', 'processed', 'rejected'];

/** Agents that are wrong as senders and requesters, and about their presence. */
export const sendingFaults: readonly FaultyAgent[] = [
  agent('no-retries', ['send.retry'], joining({ retry_attempts: 0 })),
  agent('impatient-retries', ['send.retry'], joining({ receipt_timeout_ms: 200 })),
  agent(
    'different-copies',
    ['send.retry'],
    writing(isDirect, () => ({ extra: Math.random() })),
  ),
  agent('gives-up-silently', ['send.retry.exhausted'], claiming('delivery_ack_timeout')),
  agent('sends-twice', ['send.fire-and-forget', 'send.rejected'], twice(isDirect)),
  agent(
    'waits-for-nothing',
    ['send.rejected', 'send.receipt.unusable', 'send.retry'],
    doing((command) => (command.do === 'send' ? { ...command, wait: 'none' } : undefined)),
  ),
  agent(
    'deaf-to-accepted',
    ['send.accepted'],
    deafTo((frame, scene) => isReceipt(frame, scene) && statusOf(frame) === 'accepted'),
  ),
  agent('deaf-to-late-receipts', ['send.late-receipt', 'send.accepted'], {
    outgoing(frame, scene) {
      if (isDirect(frame, scene)) times(scene, frame.json?.['message_id']);
      return [frame];
    },
    incoming: (frame, scene) =>
      isReceipt(frame, scene) && (scene.notes.get(JSON.stringify([frame.json?.['message_id']])) ?? 0) > 1
        ? []
        : [frame],
  }),
  agent(
    'duplicates-are-failures',
    ['send.duplicate'],
    reading(withCode('duplicate'), () => ({ code: 'busy' })),
  ),
  agent(
    'compares-statuses-as-written',
    ['send.receipt.case'],
    deafTo((frame, scene) => isReceipt(frame, scene) && statusOf(frame) !== statusOf(frame).trim().toLowerCase()),
  ),
  agent(
    'any-status-is-a-success',
    ['send.receipt.odd', 'send.receipt.unusable'],
    reading(isReceipt, ({ status }) => (known.includes(String(status)) ? undefined : { status: 'accepted' })),
  ),
  agent(
    'unknown-statuses-are-silence',
    ['send.receipt.unusable'],
    deafTo((frame, scene) => isReceipt(frame, scene) && statusOf(frame) === 'pondering'),
  ),
  agent(
    'accepted-is-processed',
    ['send.processed'],
    doing((command) =>
      command.do === 'send' && command.wait === 'processed' ? { ...command, wait: 'accepted' } : undefined,
    ),
  ),
  agent('processed-only-after-accepted', ['send.processed.order'], {
    incoming(frame, { notes }) {
      const id = frame.json?.['message_id'];
      if (statusOf(frame) === 'accepted') notes.set(id, 'accepted');
      return statusOf(frame) === 'processed' && !notes.has(id) ? [] : [frame];
    },
  }),
  agent(
    'duplicates-are-handled',
    ['send.processed.duplicate'],
    reading(withCode('duplicate'), () => ({ status: 'processed', code: null })),
  ),
  agent('receipts-in-a-group', ['subject.receipts.no-group', 'send.shared-account'], {
    queue: (subject, queue) => (subject.endsWith('.receipts') ? 'mine' : queue),
  }),
  agent(
    'knows-accounts-by-prefix-only',
    ['send.target.forms'],
    writing(isInbox, ({ payload }) =>
      String(payload?.form).startsWith('ACCOUNT:') ? { to_account_id: 'acct_other' } : undefined,
    ),
  ),
  agent('sends-to-anybody', ['send.target.unknown', 'send.target.final'], claiming('not_found')),
  agent(
    'repairs-targets',
    ['send.target.invalid'],
    doing((command) =>
      command.do === 'send' && command.to?.includes('*') ? { ...command, to: 'account:all', wait: 'none' } : undefined,
    ),
  ),
  agent(
    'capabilities-are-targets',
    ['capability.target'],
    doing((command) => {
      if (command.do !== 'send' || !command.to?.startsWith('capability:')) return undefined;
      const { to, ...rest } = command;
      return { ...rest, capability: to.slice('capability:'.length), wait: 'none' };
    }),
  ),
  agent(
    'repairs-capability-names',
    ['capability.name'],
    doing((command) =>
      command.do === 'ask' && command.capability === 'a..b' ? { ...command, capability: 'a.b' } : undefined,
    ),
  ),
  agent(
    'cleans-payloads',
    ['message.payload.sendable'],
    doing((command) =>
      command.do === 'send' && typeof command.payload === 'string'
        ? { ...command, payload: command.payload.replaceAll('\u0000', ''), wait: 'none' }
        : undefined,
    ),
  ),
  agent('claims-to-send-what-is-too-large', ['message.size.sender'], claiming('message_too_large')),
  agent(
    'corrects-options',
    ['limits.options', 'message.sent.ttl'],
    doing((command) => {
      if (command.do !== 'send') return undefined;
      const { idempotency_key = 'key', ttl_ms = 1, ...rest } = command;
      return idempotency_key.trim() && ttl_ms > 0 ? undefined : { ...rest, wait: 'none' };
    }),
  ),
  agent(
    'messages-with-null',
    ['message.sent.no-null', 'message.sent.fields'],
    writing(isDirect, () => ({ parent_message_id: null })),
  ),
  agent(
    'wrong-version',
    ['message.sent.version'],
    writing(isMessage, () => ({ schema_version: '1.0' })),
  ),
  agent(
    'wrong-expiry',
    ['message.sent.expiry'],
    writing(isDirect, ({ sent_at }) => ({ expires_at: sent_at })),
  ),
  agent(
    'no-expiry',
    ['message.sent.fields', 'message.sent.expiry'],
    writing(isMessage, () => ({ expires_at: undefined })),
  ),
  agent('other-ttl', ['message.sent.ttl', 'message.sent.fields'], joining({ default_ttl_ms: 29_000 })),
  agent(
    'numbered-ids',
    ['message.sent.id'],
    writing(isDirect, () => ({ message_id: 'message-1' })),
  ),
  agent(
    'one-thread-for-all',
    ['message.sent.thread'],
    writing(isDirect, () => ({ thread_id: 'thread_all' })),
  ),
  agent(
    'target-by-name',
    ['message.sent.target'],
    writing(isMessage, () => ({ to_agent: 'somebody' })),
  ),
  agent(
    'local-times',
    ['message.sent.timestamps', 'message.sent.fields'],
    writing(isDirect, ({ sent_at }) => ({ sent_at: String(sent_at).replace('Z', '+00:00') })),
  ),
  agent(
    'requests-as-direct',
    ['request.kind'],
    writing(isMessage, () => ({ kind: 'direct' })),
  ),
  agent(
    'requests-twice',
    ['request.kind'],
    twice((frame, scene) => isMessage(frame, scene) && isRequest(frame)),
  ),
  agent('replies-anywhere', ['request.reply.subject'], {
    outgoing: (frame, scene) => [
      isMessage(frame, scene) && isRequest(frame) ? { ...frame, reply: '_INBOX.guessable' } : frame,
    ],
  }),
  agent(
    'errors-are-replies',
    ['request.error.raised'],
    reading(ofKind('error'), () => ({ kind: 'reply' })),
  ),
  agent(
    'silence-is-absence',
    ['request.timeout'],
    saying((seen) =>
      seen.saw === 'error' && seen.code === 'request_timeout' ? { ...seen, code: 'recipient_offline' } : undefined,
    ),
  ),
  agent(
    'absence-is-silence',
    ['request.absent', 'request.absent.recorded'],
    saying((seen) =>
      seen.saw === 'error' && seen.code === 'recipient_offline' ? { ...seen, code: 'request_timeout' } : undefined,
    ),
  ),
  agent(
    'absence-is-silence-where-it-is-recorded',
    ['request.absent.recorded'],
    saying((seen) =>
      seen.saw === 'error' && seen.code === 'recipient_offline' ? { ...seen, code: 'request_timeout' } : undefined,
    ),
  ),
  agent(
    'capability-requests-name-an-account',
    ['capability.envelope'],
    writing(isCapability, () => ({ to_account_id: 'acct_somebody' })),
  ),
  agent('no-hello', ['presence.heartbeat.first'], dropping(isHello)),
  agent(
    'hello-without-facts',
    ['presence.heartbeat.fields'],
    writing(isHello, () => ({ metadata: undefined })),
  ),
  agent('no-goodbye', ['presence.goodbye.sent'], dropping(isGoodbye)),
  agent(
    'goodbye-without-time',
    ['presence.goodbye.sent'],
    writing(isGoodbye, () => ({ seen_at: undefined })),
  ),
  agent('many-hellos', ['presence.heartbeat.interval'], {
    outgoing: (frame, scene) => (isHello(frame, scene) ? [frame, frame, frame, frame] : [frame]),
  }),
  agent('answers-are-heard-twice', ['request.first-reply'], {
    incoming: (frame, scene) =>
      isAnswer(frame, scene) && times(scene, frame.subject) === 1 && frame.json
        ? [{ ...frame, json: { ...frame.json, payload: 'another' } }, frame]
        : [frame],
  }),
];
