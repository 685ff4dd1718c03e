import { systemClock } from '@agentnet/sdk';
import {
  dropping,
  type Fault,
  type FaultyAgent,
  inbox,
  isAnswer,
  isHello,
  isMessage,
  isReceipt,
  type Outgoing,
  twice,
  writing,
} from './fault.js';

const agent = (name: string, breaks: FaultyAgent['breaks'], fault: Fault): FaultyAgent => ({
  name,
  role: 'agent',
  breaks,
  fault,
});

const withStatus =
  (kind: string) =>
  (frame: Outgoing): boolean =>
    isReceipt(frame) && frame.json['status'] === kind;
const withCode =
  (code: string) =>
  (frame: Outgoing): boolean =>
    isReceipt(frame) && frame.json['code'] === code;
const ofKind =
  (kind: string) =>
  (frame: Outgoing): boolean =>
    isAnswer(frame) && frame.json['kind'] === kind;
const isFirstSend = (frame: Outgoing): boolean => isMessage(frame) && frame.json['kind'] === 'direct';
const isEvent = (type: string) => (frame: Outgoing) =>
  (frame.json['payload'] as { type?: string } | null | undefined)?.type === type;
const payload = (change: object) => (json: Record<string, unknown>) => ({
  payload: { ...(json['payload'] as object), ...change },
});
const recoded = (code: string, other: string): Fault => writing(withCode(code), () => ({ code: other }));

const receiptMutants = [
  agent('drops-accepted', ['receipt.happy'], dropping(withStatus('accepted'))),
  agent('drops-processed', ['receipt.happy', 'receipt.final'], dropping(withStatus('processed'))),
  agent('drops-rejected', ['receipt.refused', 'receipt.handler-error'], dropping(withStatus('rejected'))),
  agent('repeats-processed', ['receipt.happy'], twice(withStatus('processed'))),
  agent(
    'says-processed-first',
    ['receipt.happy'],
    writing(withStatus('accepted'), () => ({ status: 'processed' })),
  ),
  agent(
    'receipts-of-another-message',
    ['receipt.fields'],
    writing(isReceipt, () => ({ message_id: 'another' })),
  ),
  agent(
    'receipts-without-session',
    ['receipt.fields'],
    writing(isReceipt, () => ({ from_session_tag: undefined })),
  ),
  agent(
    'receipts-without-trace',
    ['receipt.fields'],
    writing(isReceipt, () => ({ trace_id: undefined })),
  ),
  agent(
    'receipts-without-parent',
    ['receipt.fields'],
    writing(isReceipt, () => ({ parent_message_id: undefined })),
  ),
  agent(
    'receipts-with-code',
    ['receipt.happy'],
    writing(withStatus('processed'), () => ({ code: 'ok' })),
  ),
  agent('receipts-elsewhere', ['receipt.subject'], {
    outgoing: (frame) => [isReceipt(frame) ? { ...frame, subject: 'account.acct_elsewhere.receipts' } : frame],
  }),
  agent(
    'tells-exceptions',
    ['receipt.handler-error.private'],
    writing(withCode('handler_error'), () => ({ detail: 'secret' })),
  ),
  agent(
    'no-detail',
    ['receipt.refused'],
    writing(withStatus('rejected'), () => ({ detail: undefined })),
  ),
];

const codeMutants = [
  agent('expired-as-missing', ['inbox.ttl.expired'], recoded('expired', 'missing_ttl')),
  agent('missing-as-expired', ['inbox.ttl.missing'], recoded('missing_ttl', 'expired')),
  agent('duplicate-as-busy', ['inbox.duplicate'], recoded('duplicate', 'busy')),
  agent('busy-as-rate-limited', ['inbox.busy'], recoded('busy', 'rate_limited')),
  agent('timeout-as-error', ['receipt.timeout'], recoded('timeout', 'handler_error')),
  agent('reused-as-duplicate', ['inbox.idempotency.reused'], recoded('idempotency_key_reused', 'duplicate')),
  agent(
    'version-invalid-as-unsupported',
    ['inbox.schema-version.invalid'],
    recoded('schema_version_invalid', 'unsupported_schema_version'),
  ),
  agent(
    'version-unsupported-as-invalid',
    ['inbox.schema-version.unsupported'],
    recoded('unsupported_schema_version', 'schema_version_invalid'),
  ),
  agent('malformed-as-expired', ['message.malformed.receipt'], recoded('bad_message', 'expired')),
  agent('degraded-as-busy', ['inbox.breaker.opens'], recoded('service_degraded', 'busy')),
  agent('shutting-down-as-busy', ['inbox.shutting-down'], recoded('shutting_down', 'busy')),
];

const answerMutants = [
  agent('no-replies', ['request.both'], dropping(ofKind('reply'))),
  agent('no-error-replies', ['request.refused', 'receipt.handler-error.reply'], dropping(ofKind('error'))),
  agent(
    'replies-about-another',
    ['request.reply.shape'],
    writing(isAnswer, () => ({ parent_message_id: 'another' })),
  ),
  agent(
    'replies-in-another-thread',
    ['request.reply.shape'],
    writing(ofKind('reply'), () => ({ thread_id: 'thread_x' })),
  ),
  agent(
    'replies-in-another-trace',
    ['request.reply.shape'],
    writing(ofKind('reply'), () => ({ trace_id: 'x' })),
  ),
  agent(
    'replies-to-itself',
    ['request.reply.shape'],
    writing(ofKind('reply'), ({ from_account_id }) => ({ to_account_id: from_account_id })),
  ),
  agent(
    'replies-as-direct',
    ['request.reply.shape'],
    writing(ofKind('reply'), () => ({ kind: 'direct' })),
  ),
  agent(
    'errors-as-replies',
    ['request.error.shape'],
    writing(ofKind('error'), () => ({ kind: 'reply' })),
  ),
  agent('errors-with-extras', ['request.error.shape'], writing(ofKind('error'), payload({ stack: 'at line 1' }))),
  agent(
    'replies-reuse-id',
    ['request.reply.shape'],
    writing(ofKind('reply'), ({ parent_message_id }) => ({ message_id: parent_message_id })),
  ),
];

const senderMutants = [
  agent('no-retries', ['send.retry'], { options: (told) => ({ ...told, retry: { ...told.retry, attempts: 0 } }) }),
  agent('impatient-retries', ['send.retry'], {
    options: (told) => ({ ...told, retry: { ...told.retry, receiptTimeoutMs: 200 } }),
  }),
  agent(
    'different-copies',
    ['send.retry'],
    writing(isFirstSend, () => ({ extra: Math.random() })),
  ),
  agent('sends-twice', ['send.fire-and-forget'], twice(isFirstSend)),
  agent('waits-for-nothing', ['send.rejected'], {
    options: (told) => ({ ...told, retry: { ...told.retry, requireDeliveryAck: false } }),
  }),
  agent(
    'messages-with-null',
    ['message.sent.no-null'],
    writing(isFirstSend, () => ({ parent_message_id: null })),
  ),
  agent(
    'wrong-version',
    ['message.sent.version'],
    writing(isMessage, () => ({ schema_version: '1.0' })),
  ),
  agent(
    'wrong-expiry',
    ['message.sent.expiry'],
    writing(isFirstSend, ({ sent_at }) => ({ expires_at: sent_at })),
  ),
  agent(
    'no-expiry',
    ['message.sent.fields'],
    writing(isMessage, () => ({ expires_at: undefined })),
  ),
  agent('other-ttl', ['message.sent.ttl'], { options: (told) => ({ ...told, defaultTtlMs: 29_000 }) }),
  agent(
    'numbered-ids',
    ['message.sent.id'],
    writing(isFirstSend, () => ({ message_id: 'message-1' })),
  ),
  agent(
    'one-thread-for-all',
    ['message.sent.thread'],
    writing(isFirstSend, () => ({ thread_id: 'thread_all' })),
  ),
  agent(
    'target-by-name',
    ['message.sent.target'],
    writing(isMessage, () => ({ to_agent: 'somebody' })),
  ),
  agent(
    'local-times',
    ['message.sent.timestamps'],
    writing(isFirstSend, ({ sent_at }) => ({ sent_at: String(sent_at).replace('Z', '+00:00') })),
  ),
  agent(
    'requests-as-direct',
    ['request.kind'],
    writing(isMessage, () => ({ kind: 'direct' })),
  ),
  agent(
    'requests-twice',
    ['request.kind'],
    twice((frame) => isMessage(frame) && frame.json['kind'] === 'request'),
  ),
  agent('receipts-for-replies', ['request.reply.no-receipt'], {
    outgoing: (frame) => {
      if (!isMessage(frame) || frame.json['kind'] !== 'request') return [frame];
      const { message_id, thread_id, trace_id, to_account_id, from_account_id, sent_at } = frame.json;
      const receipt = {
        message_id,
        thread_id,
        trace_id,
        to_account_id,
        from_account_id,
        status: 'accepted',
        event_at: sent_at,
      };
      return [
        frame,
        { subject: `account.${String(to_account_id)}.receipts`, json: { ...receipt, from_session_tag: 'x' } },
      ];
    },
  }),
];

const inboxMutants = [
  agent('ignores-ttl', ['inbox.ttl.expired'], {
    options: (told) => ({ ...told, clock: { ...systemClock, now: () => 0 } }),
  }),
  agent('handles-twice', ['inbox.duplicate'], inbox({ dedupeTtlMs: 0 })),
  agent('forgets-keys', ['inbox.idempotency'], inbox({ dedupeTtlMs: 0 })),
  agent(
    'keeps-outcomes-to-itself',
    ['inbox.duplicate.replicas', 'inbox.duplicate.shared'],
    inbox({ sharedDedupe: 'off' }),
  ),
  agent('no-rate-limit', ['inbox.rate-limit'], inbox({ rateLimitPerSecond: Number.POSITIVE_INFINITY })),
  agent('small-burst', ['inbox.rate-limit'], inbox({ rateLimitBurst: 1, rateLimitPerSecond: 5 })),
  agent('endless-queue', ['inbox.busy'], inbox({ maxPending: 10_000 })),
  agent('many-workers', ['inbox.workers'], inbox({ maxConcurrency: 50 })),
  agent('no-timeout', ['receipt.timeout'], inbox({ workTimeoutMs: 50_000 })),
  agent('no-breaker', ['inbox.breaker.opens'], inbox({ breakerFailures: 1_000 })),
  agent('breaker-without-reset', ['inbox.breaker.probe'], inbox({ breakerResetMs: 0 })),
  agent('hears-twice', ['receipt.happy', 'inbox.duplicate'], {
    hears: (subject) => (subject.endsWith('.inbox') ? 2 : 1),
  }),
  agent('deaf', ['inbox.ready'], { hears: (subject) => (subject.endsWith('.inbox') ? 0 : 1) }),
  agent('no-inbox-group', ['inbox.group', 'subject.inbox.group'], {
    queue: (subject, queue) => (subject.endsWith('.inbox') ? undefined : queue),
  }),
  agent('group-of-its-own', ['subject.inbox.group'], {
    queue: (subject, queue) => (subject.endsWith('.inbox') ? 'mine' : queue),
  }),
  agent('receipts-in-a-group', ['subject.receipts.no-group'], {
    queue: (subject, queue) => (subject.endsWith('.receipts') ? 'mine' : queue),
  }),
  agent('no-capability-group', ['subject.capability.group'], {
    queue: (subject, queue) => (subject.startsWith('agent.capability.') ? undefined : queue),
  }),
  agent('deaf-to-capabilities', ['capability.subscribe'], {
    hears: (subject) => (subject.startsWith('agent.capability.') ? 0 : 1),
  }),
  agent('small-messages-only', ['message.size.boundary'], {
    options: (told) => ({ ...told, maxPayloadBytes: 200_000 }),
  }),
  agent('large-messages-too', ['message.size.reply'], { options: (told) => ({ ...told, maxPayloadBytes: 1_000_000 }) }),
];

const presenceMutants = [
  agent('no-hello', ['presence.heartbeat.first'], dropping(isHello)),
  agent(
    'hello-without-facts',
    ['presence.heartbeat.fields'],
    writing(isHello, () => ({ metadata: undefined })),
  ),
  agent(
    'no-goodbye',
    ['presence.goodbye.sent'],
    dropping(({ subject }) => subject === 'registry.goodbye'),
  ),
  agent(
    'goodbye-without-time',
    ['presence.goodbye.sent'],
    writing(
      ({ subject }) => subject === 'registry.goodbye',
      () => ({ seen_at: undefined }),
    ),
  ),
  agent('many-hellos', ['presence.heartbeat.interval'], {
    outgoing: (frame) => (isHello(frame) ? [frame, frame, frame, frame] : [frame]),
  }),
];

const streamMutants = [
  agent('loses-deltas', ['stream.events'], dropping(isEvent('stream_delta'))),
  agent('no-stream-end', ['stream.events'], dropping(isEvent('stream_end'))),
  agent('ends-with-another-text', ['stream.events'], writing(isEvent('stream_end'), payload({ text: 'another' }))),
  agent('one-seq-for-all', ['stream.events.seq'], writing(isEvent('stream_delta'), payload({ seq: 7 }))),
  agent('stream-ids-change', ['stream.events'], writing(isEvent('stream_delta'), payload({ stream_id: 'another' }))),
  agent(
    'streams-as-direct',
    ['stream.events'],
    writing(isEvent('stream_start'), () => ({ kind: 'direct' })),
  ),
  agent('errors-with-text', ['stream.source'], writing(isEvent('stream_error'), payload({ error: 'top secret' }))),
];

const authMutants = [
  agent('unsigned-as-unknown', ['auth.message.refusals'], recoded('auth_missing', 'auth_key_not_found')),
  agent('blames-claims', ['auth.message.tampered'], recoded('auth_claims_mismatch', 'auth_signature_invalid')),
  agent(
    'signs-and-changes',
    ['auth.message.claims'],
    writing(isMessage, () => ({ trace_id: 'changed' })),
  ),
  agent(
    'any-audience',
    ['auth.message.audience'],
    writing(ofKind('error'), ({ payload: told }) =>
      (told as { error?: string }).error === 'auth_recipient_mismatch' ? { payload: { error: 'busy' } } : {},
    ),
  ),
];

/** Every way in which an agent can be wrong that the kit is tried with. */
export const faultyAgents: readonly FaultyAgent[] = [
  ...receiptMutants,
  ...codeMutants,
  ...answerMutants,
  ...senderMutants,
  ...inboxMutants,
  ...presenceMutants,
  ...streamMutants,
  ...authMutants,
];
