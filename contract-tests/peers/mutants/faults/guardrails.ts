import { limits } from '@agentnet/protocol';
import {
  agent,
  type Fault,
  type FaultyAgent,
  isInbox,
  isMessage,
  isReceipt,
  joining,
  reading,
  refuse,
  times,
  withCode,
  writing,
} from '../fault.js';
import type { Body } from '../nats-frames.js';

/** Says another code than the one the refusal has, in receipts and error replies. */
const recoded = (code: string, other: string): Fault => ({
  outgoing(frame) {
    const { json } = frame;
    if (json?.['code'] === code) return [{ ...frame, json: { ...json, code: other } }];
    const payload: Body | null | undefined = json?.['payload'];
    return [
      payload?.['error'] === code ? { ...frame, json: { ...json, payload: { ...payload, error: other } } } : frame,
    ];
  },
});

const isLater = (text: unknown): boolean => Date.parse(String(text)) > Date.now();
const inAnHour = (): Body => ({
  sent_at: new Date().toISOString(),
  ttl_ms: 3_600_000,
  expires_at: new Date(Date.now() + 3_600_000).toISOString(),
});

/** Agents that are wrong about what they refuse, and how much they take. */
export const guardrailFaults: readonly FaultyAgent[] = [
  agent('expired-as-missing', ['inbox.ttl.expired'], recoded('expired', 'missing_ttl')),
  agent('missing-as-expired', ['inbox.ttl.missing'], recoded('missing_ttl', 'expired')),
  agent(
    'ignores-ttl',
    ['inbox.ttl.expired', 'inbox.ttl.missing', 'inbox.ttl.table'],
    reading(isMessage, () => inAnHour()),
  ),
  agent(
    'only-the-ttl-counts',
    ['inbox.ttl.table'],
    reading(isMessage, ({ ttl_ms }) => (ttl_ms === undefined ? { expires_at: null } : undefined)),
  ),
  agent(
    'looks-at-the-ttl-on-arrival-only',
    ['inbox.ttl.dequeue'],
    reading(isMessage, ({ expires_at }) => (isLater(expires_at) ? inAnHour() : undefined)),
  ),
  agent('silent-about-huge-ttls', ['inbox.ttl.overflow', 'limits.numbers'], {
    incoming: (frame, scene) => (isInbox(frame, scene) && Math.abs(frame.json?.['ttl_ms'] ?? 0) > 1e15 ? [] : [frame]),
  }),
  agent(
    'versions-are-texts',
    ['inbox.schema-version'],
    reading(isInbox, ({ schema_version }) =>
      typeof schema_version === 'number' ? { schema_version: 'number' } : undefined,
    ),
  ),
  agent(
    'any-version',
    ['inbox.schema-version.unsupported', 'inbox.schema-version.invalid', 'inbox.gates.schema-before-ttl'],
    reading(isInbox, () => ({ schema_version: '1.1' })),
  ),
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
  agent(
    'ttl-before-schema',
    ['inbox.gates.schema-before-ttl', 'inbox.gates.order'],
    reading(isInbox, ({ expires_at }) => (expires_at && !isLater(expires_at) ? { schema_version: '1.1' } : undefined)),
  ),
  agent(
    'duplicate-before-ttl',
    ['inbox.gates.ttl-before-duplicate', 'inbox.gates.order'],
    reading(isInbox, ({ message_id }, scene) => (times(scene, message_id) > 1 ? inAnHour() : undefined)),
  ),
  agent('duplicate-as-busy', ['inbox.duplicate'], recoded('duplicate', 'busy')),
  agent('handles-twice', ['inbox.duplicate', 'inbox.idempotency'], {
    incoming: reading(isInbox, ({ message_id }, scene) =>
      times(scene, message_id) > 1 ? { message_id: `${message_id}-again` } : undefined,
    ).incoming as NonNullable<Fault['incoming']>,
    outgoing: writing(isReceipt, ({ message_id }) => ({ message_id: String(message_id).replace(/-again$/, '') }))
      .outgoing as NonNullable<Fault['outgoing']>,
  }),
  agent(
    'forgets-keys',
    ['inbox.idempotency', 'inbox.duplicate.replicas'],
    reading(isInbox, ({ idempotency_key }) => (idempotency_key ? { idempotency_key: null } : undefined)),
  ),
  agent('keys-without-payloads', ['inbox.idempotency.reused'], recoded('idempotency_key_reused', 'duplicate')),
  agent(
    'keeps-outcomes-to-itself',
    ['inbox.duplicate.replicas', 'inbox.duplicate.shared'],
    joining({ shared_dedupe: 'off' }),
  ),
  agent(
    'copies-cost-tokens',
    ['inbox.duplicate.before-rate', 'inbox.gates.order'],
    writing(withCode('duplicate'), ({ message_id }, scene) =>
      times(scene, message_id) > limits.rateLimitBurst ? { code: 'rate_limited' } : undefined,
    ),
  ),
  agent('no-rate-limit', ['inbox.rate-limit', 'inbox.rate-limit.key'], joining({ rate_limit_per_second: null })),
  agent(
    'counts-by-session-tag',
    ['inbox.rate-limit.key', 'inbox.rate-limit', 'inbox.rate-limit.forged'],
    joining((told) => ({ ...told, rate_limit_per_second: null })),
  ),
  agent('small-burst', ['inbox.rate-limit'], joining({ rate_limit_burst: 1, rate_limit_per_second: 5 })),
  agent('endless-queue', ['inbox.busy'], joining({ max_pending: 10_000 })),
  agent('busy-as-rate-limited', ['inbox.busy'], recoded('busy', 'rate_limited')),
  agent('busy-for-ever', ['inbox.busy.retry'], {
    incoming: (frame, scene) =>
      isInbox(frame, scene) && scene.notes.get(frame.json?.['message_id']) === 'busy'
        ? refuse(frame, scene, 'busy')
        : [frame],
    outgoing(frame, scene) {
      if (withCode('busy')(frame, scene)) scene.notes.set(frame.json?.['message_id'], 'busy');
      return [frame];
    },
  }),
  agent('many-workers', ['inbox.workers', 'inbox.busy'], joining({ max_concurrency: 50 })),
  agent('workers-die', ['inbox.workers.survive'], {
    incoming: (frame, scene) =>
      isInbox(frame, scene) && (scene.notes.get(JSON.stringify(['failed'])) ?? 0) >= limits.maxConcurrency
        ? []
        : [frame],
    outgoing(frame, scene) {
      if (withCode('handler_error')(frame, scene)) times(scene, 'failed');
      return [frame];
    },
  }),
  agent('timeout-as-error', ['receipt.timeout'], recoded('timeout', 'handler_error')),
  agent('no-breaker', ['inbox.breaker.opens'], joining({ breaker_failures: 1_000 })),
  agent('breaker-without-reset', ['inbox.breaker.opens', 'inbox.breaker.probe'], joining({ breaker_reset_ms: 0 })),
  agent('degraded-as-busy', ['inbox.breaker.opens', 'inbox.breaker.queued'], recoded('service_degraded', 'busy')),
  agent(
    'counts-every-failure',
    ['inbox.breaker.success'],
    joining(({ breaker_failures = limits.breakerFailures }) => ({
      breaker_failures: Math.max(1, breaker_failures - 1),
    })),
  ),
  agent('queued-work-runs-anyway', ['inbox.breaker.queued'], {
    outgoing(frame, scene) {
      const { message_id, status, code } = frame.json ?? {};
      if (!isReceipt(frame, scene)) return [frame];
      if (status === 'accepted') scene.notes.set(message_id, 'accepted');
      const wasAccepted = code === 'service_degraded' && scene.notes.get(message_id) === 'accepted';
      return [
        wasAccepted
          ? { ...frame, json: { ...frame.json, status: 'processed', code: undefined, detail: undefined } }
          : frame,
      ];
    },
  }),
  agent('closed-to-everybody', ['inbox.breaker.per-sender'], {
    incoming: (frame, scene) =>
      isInbox(frame, scene) && scene.notes.get('open') ? refuse(frame, scene, 'service_degraded') : [frame],
    outgoing(frame, scene) {
      if (withCode('service_degraded')(frame, scene)) scene.notes.set('open', true);
      return [frame];
    },
  }),
];
