import { limits } from '@agentnet/protocol';
import {
  agent,
  deafTo,
  doing,
  dropping,
  type FaultyAgent,
  isAnswer,
  isMessage,
  isReceipt,
  joining,
  ofKind,
  reading,
  refuse,
  times,
  twice,
  withCode,
  withStatus,
  writing,
} from '../fault.js';

/** Agents that are wrong about receipts and answers. */
export const receiptFaults: readonly FaultyAgent[] = [
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
    ['receipt.fields', 'receipt.happy'],
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
  agent('receipts-elsewhere', ['receipt.subject', 'receipt.happy'], {
    outgoing: (frame, scene) => [
      isReceipt(frame, scene) ? { ...frame, subject: 'account.acct_elsewhere.receipts' } : frame,
    ],
  }),
  agent('no-receipts-for-requests', ['receipt.requests'], {
    incoming(frame, scene) {
      if (frame.json?.['kind'] === 'request') scene.notes.set(frame.json['message_id'], 'request');
      return [frame];
    },
    outgoing: (frame, scene) =>
      isReceipt(frame, scene) && scene.notes.get(frame.json?.['message_id']) === 'request' ? [] : [frame],
  }),
  agent('receipts-for-nobody', ['receipt.no-account'], {
    incoming(frame, scene) {
      const { message_id, from_account_id } = frame.json ?? {};
      if (isMessage(frame, scene) && message_id && !from_account_id)
        scene.publish('account.acct_nobody.receipts', {
          message_id,
          status: 'accepted',
          event_at: new Date().toISOString(),
          trace_id: message_id,
          thread_id: 'thread_nobody',
        });
      return [frame];
    },
  }),
  agent(
    'tells-exceptions',
    ['receipt.handler-error', 'receipt.handler-error.private'],
    writing(withCode('handler_error'), () => ({ detail: 'top secret' })),
  ),
  agent(
    'tells-exceptions-in-replies',
    ['receipt.handler-error.private', 'receipt.handler-error.reply'],
    writing(ofKind('error'), ({ payload }) => ({ payload: { ...payload, detail: 'top secret' } })),
  ),
  agent(
    'no-detail',
    ['receipt.refused', 'request.refused'],
    writing(withStatus('rejected'), () => ({ detail: undefined })),
  ),
  agent('no-timeout', ['receipt.timeout'], joining({ work_timeout_ms: 50_000 })),
  agent(
    'nested-timeouts-are-its-own',
    ['receipt.timeout.nested'],
    writing(withCode('handler_error'), () => ({ code: 'timeout' })),
  ),
  agent('forgets-accepted-work-when-closing', ['receipt.final', 'inbox.drain'], {
    command(command, { notes }) {
      if (command.do === 'leave') notes.set('leaving', true);
      return command;
    },
    outgoing: (frame, scene) => (scene.notes.get('leaving') && isReceipt(frame, scene) ? [] : [frame]),
  }),
  agent('no-replies', ['request.both'], dropping(ofKind('reply'))),
  agent(
    'no-error-replies',
    ['request.refused', 'receipt.handler-error.reply', 'message.malformed', 'message.size.reply'],
    dropping(ofKind('error')),
  ),
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
    ['request.reply.shape', 'request.both'],
    writing(ofKind('reply'), () => ({ kind: 'direct' })),
  ),
  agent(
    'replies-reuse-id',
    ['request.reply.shape'],
    writing(ofKind('reply'), ({ parent_message_id }) => ({ message_id: parent_message_id })),
  ),
  agent(
    'replies-to-somebody',
    ['request.reply.target'],
    writing(ofKind('reply'), ({ to_account_id }) => (to_account_id ? undefined : { to_agent: 'somebody' })),
  ),
  agent(
    'errors-as-replies',
    ['request.error.shape', 'receipt.handler-error.reply'],
    writing(ofKind('error'), () => ({ kind: 'reply' })),
  ),
  agent(
    'errors-with-extras',
    ['request.error.shape', 'receipt.handler-error.reply'],
    writing(ofKind('error'), ({ payload }) => ({ payload: { ...payload, stack: 'at line 1' } })),
  ),
  agent(
    'remembers-no-reply',
    ['inbox.outcome.reply'],
    writing(ofKind('reply'), ({ parent_message_id }, scene) =>
      times(scene, parent_message_id) > 2 ? { kind: 'error', payload: duplicateOf(parent_message_id) } : undefined,
    ),
  ),
  agent(
    'copies-get-no-reply-of-the-first',
    ['inbox.outcome.attach'],
    writing(ofKind('reply'), ({ parent_message_id }, scene) =>
      times(scene, parent_message_id) === 2 ? { kind: 'error', payload: duplicateOf(parent_message_id) } : undefined,
    ),
  ),
  agent('remembers-replies-of-any-size', ['inbox.outcome.bounds'], {
    outgoing(frame, scene) {
      const { payload, parent_message_id } = frame.json ?? {};
      if (ofKind('reply')(frame, scene) && frame.body.length > limits.rememberedReplyMaxBytes)
        scene.notes.set(parent_message_id, payload);
      const remembered = ofKind('error')(frame, scene) && scene.notes.get(parent_message_id);
      return [remembered ? { ...frame, json: { ...frame.json, kind: 'reply', payload: remembered } } : frame];
    },
  }),
  agent('failed-messages-stay-duplicates', ['inbox.duplicate.failed', 'send.no-false-success'], {
    incoming: (frame, scene) =>
      isMessage(frame, scene) && scene.notes.get(frame.json?.['message_id']) === 'failed'
        ? refuse(frame, scene, 'duplicate')
        : [frame],
    outgoing(frame, scene) {
      if (withCode('handler_error')(frame, scene)) scene.notes.set(frame.json?.['message_id'], 'failed');
      return [frame];
    },
  }),
  agent('all-sessions-stop-when-one-closes', ['send.closing-peer', 'receipt.final'], {
    command(command, { notes }) {
      if (command.do === 'leave') notes.set('leaving', true);
      return command;
    },
    incoming: (frame, scene) => (isMessage(frame, scene) && scene.notes.get('leaving') ? [] : [frame]),
  }),
  agent(
    'closing-is-being-busy',
    ['inbox.shutting-down', 'receipt.final'],
    writing(withCode('shutting_down'), () => ({ code: 'busy' })),
  ),
  agent(
    'rejections-of-strangers-count',
    ['send.receipt.addressee'],
    reading(isReceipt, ({ from_account_id }) => (from_account_id ? { from_account_id: null } : undefined)),
  ),
  agent('deaf-after-an-odd-receipt', ['receipt.tolerant', 'send.receipt.case'], {
    incoming(frame, scene) {
      if (isReceipt(frame, scene) && frame.json?.['status'] === 'pondering') scene.notes.set('deaf', true);
      return isReceipt(frame, scene) && scene.notes.get('deaf') ? [] : [frame];
    },
  }),
  agent(
    'later-replies-count',
    ['request.first-reply'],
    deafTo((frame, scene) => isAnswer(frame, scene) && times(scene, frame.subject) === 1),
  ),
  agent('receipts-for-replies', ['request.reply.no-receipt', 'receipt.fields', 'receipt.happy'], {
    incoming(frame, scene) {
      const { message_id, parent_message_id, from_account_id, to_account_id, trace_id, thread_id } = frame.json ?? {};
      if (isAnswer(frame, scene) && parent_message_id)
        scene.publish(`account.${from_account_id}.receipts`, {
          message_id,
          trace_id,
          thread_id,
          status: 'accepted',
          event_at: new Date().toISOString(),
          from_account_id: to_account_id,
          from_session_tag: 'x',
          to_account_id: from_account_id,
        });
      return [frame];
    },
  }),
  agent(
    'serves-without-a-handler',
    ['inbox.no-handler'],
    doing((command) =>
      command.do === 'join' && command.handle === null ? { ...command, handle: { how: 'note' } } : undefined,
    ),
  ),
];

const duplicateOf = (request_message_id: string): object => ({
  error: 'duplicate',
  detail: 'message_id has already been processed',
  request_message_id,
  trace_id: request_message_id,
});
