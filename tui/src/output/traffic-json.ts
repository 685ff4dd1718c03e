import { type JsonValue, nowTimestamp } from '@agentnet/protocol';
import type { OverheardFrame, Party, TrafficEvent } from '../traffic/index.js';
import type { LineOptions } from './traffic-line.js';

/** One event for programs, with the fields of the table and the wire's own names. */
export function trafficJson(event: TrafficEvent, frame: OverheardFrame, options: LineOptions): object {
  const facts = { at: nowTimestamp(event.atMs), type: event.type, subject: event.subject, bytes: event.bytes };
  switch (event.type) {
    case 'message':
      return {
        ...facts,
        kind: event.kind,
        message_id: event.messageId,
        thread_id: event.threadId,
        parent_message_id: event.parentMessageId ?? null,
        parent_status: event.parentStatus ?? null,
        trace_id: event.traceId,
        ...sides(event, options),
        reply_subject: frame.reply ?? null,
        ...(event.stream ? { stream: { type: event.stream.type, stream_id: event.stream.streamId } } : {}),
        ...(event.error ?? {}),
        ...(options.includePayload ? { payload: payloadOf(frame) } : {}),
      };
    case 'receipt':
      return {
        ...facts,
        kind: 'receipt',
        message_id: event.messageId,
        thread_id: event.threadId ?? null,
        ...sides(event, options),
        status: event.status,
        code: event.code ?? null,
        detail: event.detail ?? null,
      };
    case 'other':
      return {
        ...facts,
        reason: event.reason ?? null,
        ...(options.includePayload ? { text: event.text } : {}),
      };
  }
}

function sides({ from, to }: { from: Party; to: Party }, { usernameOf }: LineOptions): object {
  const username = (party: Party) => (party.accountId === undefined ? null : (usernameOf(party.accountId) ?? null));
  return {
    from_account_id: from.accountId ?? null,
    from_username: username(from),
    from_agent: from.label ?? null,
    to_account_id: to.accountId ?? null,
    to_username: username(to),
    to_capability: to.capability ?? null,
  };
}

/** The frame was decoded before, so this cannot fail. */
function payloadOf({ body }: OverheardFrame): JsonValue {
  const { payload = null } = JSON.parse(new TextDecoder().decode(body)) as { payload?: JsonValue };
  return payload;
}
