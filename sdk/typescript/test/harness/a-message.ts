import { randomUUID } from 'node:crypto';
import { nowTimestamp, type SentMessage } from '@agentnet/protocol';

/** A full valid envelope; `fields` may break it. */
export function aMessage(fields: Readonly<Record<string, unknown>> = {}, nowMs = Date.now()): SentMessage {
  const id = randomUUID().replaceAll('-', '');
  return {
    message_id: id,
    from_agent: 'raw',
    from_account_id: 'acct_raw',
    from_session_tag: 'registry_RAW',
    to_agent: 'acct_sut',
    to_account_id: 'acct_sut',
    payload: { text: 'yo' },
    sent_at: nowTimestamp(nowMs),
    ttl_ms: 30_000,
    expires_at: nowTimestamp(nowMs + 30_000),
    trace_id: id,
    thread_id: `thread_${id}`,
    kind: 'direct',
    schema_version: '1.1',
    ...fields,
  };
}
