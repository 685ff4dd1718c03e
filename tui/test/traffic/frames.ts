import { encodeJson, type JsonValue, subjects } from '@agentnet/protocol';
import { decodeFrame, ingest, type TrafficEvent } from '../../src/traffic/index.js';

let clockMs = Date.parse('2026-03-01T12:00:00Z');

/** What is overheard when this body passes on this subject, a millisecond after the one before. */
export function overhear(subject: string, body: unknown, reply?: string): TrafficEvent[] {
  clockMs++;
  const frame = decodeFrame({ subject, body: encodeJson(body), atMs: clockMs, ...(reply ? { reply } : {}) });
  return frame ? [ingest(frame)] : [];
}

interface MessageFacts {
  id: string;
  from?: string;
  to?: string;
  kind?: string;
  parent?: string;
  payload?: JsonValue;
  thread?: string;
  parentStatus?: JsonValue;
}

const envelope = ({
  id,
  from = 'acct_a',
  to = 'acct_b',
  kind = 'direct',
  parent,
  payload = null,
  thread = 't1',
  parentStatus,
}: MessageFacts) => ({
  message_id: id,
  from_agent: 'planner',
  from_account_id: from,
  to_agent: to,
  to_account_id: to,
  kind,
  payload,
  thread_id: thread,
  sent_at: '2026-03-01T12:00:00Z',
  ttl_ms: 30_000,
  ...(parent === undefined ? {} : { parent_message_id: parent }),
  ...(parentStatus === undefined ? {} : { parent_status: parentStatus }),
});

/** A message to an inbox; a request waits for a reply. */
export function message(facts: MessageFacts): TrafficEvent[] {
  const subject = subjects.accountInbox(facts.to ?? 'acct_b');
  return overhear(subject, envelope(facts), facts.kind === 'request' ? subjects.replyInbox('s', facts.id) : undefined);
}

/** A message to the reply inbox of a request. */
export function reply(facts: MessageFacts & { parent: string }): TrafficEvent[] {
  return overhear(
    subjects.replyInbox('s', facts.parent),
    envelope({ from: 'acct_b', to: 'acct_a', kind: 'reply', ...facts }),
  );
}

export function receipt(id: string, status: string, code?: string): TrafficEvent[] {
  return overhear(subjects.accountReceipts('acct_a'), {
    message_id: id,
    status,
    from_account_id: 'acct_b',
    to_account_id: 'acct_a',
    ...(code === undefined ? {} : { code, detail: `because ${code}` }),
  });
}

/** A part of stream s1. */
export function part(id: string, payload: JsonValue, parent?: string): TrafficEvent[] {
  const facts = { id, kind: 'stream', payload, ...(parent === undefined ? {} : { parent }) };
  return parent === undefined ? message(facts) : reply({ ...facts, parent });
}
