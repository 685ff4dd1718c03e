import { limits } from '@agentnet/protocol';
import {
  agent,
  deafTo,
  type FaultyAgent,
  isCapability,
  isInbox,
  isMessage,
  ofKind,
  reading,
  refuse,
  times,
  writing,
} from '../fault.js';
import type { Body, WireFrame } from '../nats-frames.js';

const envelope = new Set(
  (
    'message_id from_agent from_account_id from_session_tag to_agent to_account_id payload sent_at ttl_ms expires_at trace_id ' +
    'thread_id parent_message_id kind schema_version idempotency_key reply_to auth'
  ).split(' '),
);
const kinds = ['direct', 'request', 'reply', 'error', 'stream', 'system'];
const isNull = ([name, value]: [string, unknown]): boolean => value === null && name !== 'payload';
const textOf = ({ body }: WireFrame): string => body.toString();
const isGarbage = (frame: WireFrame): boolean => frame.body.length > 0 && !frame.json;
const isDeep = (frame: WireFrame): boolean => textOf(frame).includes('['.repeat(limits.jsonMaxDepth));

/** A message as one whose fields are all of the right type. */
const repaired = ({ ttl_ms, trace_id, kind }: Body): Body => ({
  ...(ttl_ms !== undefined && { ttl_ms: ttl_ms === null ? null : Number(ttl_ms) }),
  ...(trace_id !== undefined && { trace_id: String(trace_id) }),
  ...(Array.isArray(kind) && { kind: 'direct' }),
});

/** Agents that are wrong about what they read. */
export const readingFaults: readonly FaultyAgent[] = [
  agent(
    'drops-nulls',
    ['message.read.absent'],
    deafTo((frame, scene) => isInbox(frame, scene) && Object.entries(frame.json ?? {}).some(isNull)),
  ),
  agent(
    'coerces-types',
    ['message.read.types'],
    reading(isInbox, (json) => repaired(json)),
  ),
  agent(
    'wants-every-time-with-z',
    ['message.read.timestamps', 'message.read.absent'],
    deafTo((frame, scene) => isInbox(frame, scene) && /_at":"[^"]*\+\d\d:\d\d"/.test(textOf(frame))),
  ),
  agent(
    'reads-escapes-as-text',
    ['message.read.encoding', 'message.read.absent'],
    reading(isInbox, (_, __, frame) => (textOf(frame).includes('\\u00e9') ? { payload: '\\u00e9' } : undefined)),
  ),
  agent(
    'drops-unknown-fields',
    ['message.read.unknown-fields', 'message.read.absent'],
    deafTo(
      (frame, scene) => isInbox(frame, scene) && Object.keys(frame.json ?? {}).some((name) => !envelope.has(name)),
    ),
  ),
  agent(
    'kinds-it-does-not-know-are-direct',
    ['message.read.kind'],
    reading(isInbox, ({ kind }) =>
      typeof kind === 'string' && !kinds.includes(kind) ? { kind: 'direct' } : undefined,
    ),
  ),
  agent(
    'no-thread-is-one-thread',
    ['message.read.thread'],
    reading(isInbox, ({ thread_id }) => (thread_id ? undefined : { thread_id: 'thread_none' })),
  ),
  agent(
    'makes-ids-up',
    ['message.read.no-id'],
    reading(isInbox, ({ message_id }) => (message_id ? undefined : { message_id: 'made-up' })),
  ),
  agent(
    'deaf-to-empty-bodies',
    ['message.empty-body'],
    deafTo((frame, scene) => isInbox(frame, scene) && frame.body.length === 0),
  ),
  agent(
    'deaf-to-garbage',
    ['message.malformed'],
    deafTo((frame, scene) => isInbox(frame, scene) && isGarbage(frame)),
  ),
  agent(
    'malformed-as-expired',
    ['message.malformed', 'message.read.types'],
    writing(ofKind('error'), ({ payload }) =>
      payload?.error === 'bad_message' ? { payload: { ...payload, error: 'expired' } } : undefined,
    ),
  ),
  agent('silent-about-malformed', ['message.malformed.receipt'], {
    outgoing: (frame) => (frame.json?.['code'] === 'bad_message' ? [] : [frame]),
  }),
  agent('deaf-after-garbage', ['message.malformed.harmless', 'limits.harmless', 'message.malformed'], {
    incoming(frame, scene) {
      if (isInbox(frame, scene) && isDeep(frame)) scene.notes.set('deaf', true);
      return scene.notes.get('deaf') && isInbox(frame, scene) && !isDeep(frame) ? [] : [frame];
    },
  }),
  agent(
    'deaf-to-deep-bodies',
    ['message.depth'],
    deafTo((frame, scene) => isInbox(frame, scene) && isDeep(frame)),
  ),
  agent('answers-where-the-body-says', ['message.reply-to.body'], {
    incoming(frame, scene) {
      const replyTo: unknown = frame.json?.['reply_to'];
      if (isInbox(frame, scene) && typeof replyTo === 'string') scene.publish(replyTo, { kind: 'reply' });
      return [frame];
    },
  }),
  agent('answers-on-any-subject', ['message.reply-to.inbox'], {
    incoming(frame, scene) {
      if (isInbox(frame, scene) && frame.reply && !frame.reply.startsWith('_INBOX.'))
        scene.publish(frame.reply, { kind: 'reply' });
      return [frame];
    },
  }),
  agent('receipts-for-hostile-senders', ['message.sender.hostile'], {
    incoming(frame, scene) {
      const from = frame.json?.['from_account_id'];
      if (typeof from === 'string' && /^[\w-]+\.[\w-]+$/.test(from)) scene.publish(`account.${from}.receipts`, {});
      return [frame];
    },
  }),
  agent('line-breaks-reach-nats', ['subject.tokens', 'message.sender.hostile'], {
    incoming(frame, scene) {
      if (String(frame.json?.['from_account_id']).includes('PUB pwned.x')) scene.publish('pwned.x', {});
      return [frame];
    },
  }),
  agent(
    'strips-text',
    ['message.text'],
    reading(isInbox, ({ trace_id }) =>
      typeof trace_id === 'string' ? { trace_id: trace_id.replaceAll('\u0000', '') } : undefined,
    ),
  ),
  agent(
    'null-is-an-object',
    ['message.payload.any'],
    reading(isInbox, ({ payload }) => (payload === null ? { payload: {} } : undefined)),
  ),
  agent(
    'small-messages-only',
    ['message.size.boundary'],
    deafTo((frame, scene) => isInbox(frame, scene) && frame.body.length > 200_000),
  ),
  agent(
    'large-messages-too',
    ['message.size.reply'],
    reading(isInbox, (_, __, frame) => (frame.body.length > limits.messageMaxBytes ? { payload: 'cut' } : undefined)),
  ),
  agent('no-inbox-group', ['inbox.group', 'subject.inbox.group'], {
    queue: (subject, queue) => (subject.endsWith('.inbox') ? undefined : queue),
  }),
  agent('group-of-its-own', ['subject.inbox.group', 'inbox.group'], {
    queue: (subject, queue) => (subject.endsWith('.inbox') ? 'mine' : queue),
  }),
  agent('no-capability-group', ['subject.capability.group', 'capability.request'], {
    queue: (subject, queue) => (subject.startsWith('agent.capability.') ? undefined : queue),
  }),
  agent('deaf-to-capabilities', ['capability.subscribe', 'capability.request'], deafTo(isCapability)),
  agent(
    'capabilities-have-no-gates',
    ['capability.gates'],
    reading(isCapability, () => ({ sent_at: new Date().toISOString(), ttl_ms: 60_000, expires_at: null })),
  ),
  agent(
    'answers-capabilities-with-another-value',
    ['capability.request'],
    writing(ofKind('reply'), ({ payload }) => (payload?.sum === undefined ? undefined : { payload: { sum: 4 } })),
  ),
  agent('hears-twice', ['receipt.happy', 'inbox.duplicate', 'receipt.no-account'], {
    incoming: (frame, scene) => (isMessage(frame, scene) ? [frame, frame] : [frame]),
  }),
  agent('deaf', ['inbox.ready'], deafTo(isInbox)),
  agent('deaf-to-the-first-message', ['inbox.ready'], {
    incoming: (frame, scene) => (isInbox(frame, scene) && times(scene, frame.subject) === 1 ? [] : [frame]),
  }),
  agent('one-id-for-all-senders', ['inbox.duplicate.sender', 'inbox.idempotency.scope'], {
    incoming(frame, scene) {
      const { message_id, from_account_id } = frame.json ?? {};
      if (!isInbox(frame, scene) || !message_id || !from_account_id) return [frame];
      const first: unknown = scene.notes.get(message_id) ?? from_account_id;
      scene.notes.set(message_id, first);
      return first === from_account_id ? [frame] : refuse(frame, scene, 'duplicate');
    },
  }),
  agent('one-key-for-all-senders', ['inbox.idempotency.scope'], {
    incoming(frame, scene) {
      const { idempotency_key: key, from_account_id } = frame.json ?? {};
      if (!isInbox(frame, scene) || !key || !from_account_id) return [frame];
      const first: unknown = scene.notes.get(key) ?? from_account_id;
      scene.notes.set(key, first);
      return first === from_account_id ? [frame] : refuse(frame, scene, 'duplicate');
    },
  }),
];
