import { randomUUID } from 'node:crypto';
import { limits, type Message, nowTimestamp } from '@agentnet/protocol';

export type MessageText = Message & { message_id: string; thread_id: string };

export interface MessageOptions extends Omit<Message, 'message_id' | 'thread_id'> {
  message_id?: string;
  thread_id?: string;
  /** Account of the sender; written as `from_account_id`. */
  from?: string;
  /** Account of the addressee; written as `to_account_id` and `to_agent`. */
  to?: string;
  /** Milliseconds after now that become `sent_at`. @default 0 */
  sentInMs?: number;
}

/** A full, valid message. Fields given override; a field given as `undefined` is left out. */
export function aMessage({ from, to, sentInMs = 0, ...fields }: MessageOptions = {}): MessageText {
  const id = freshMessageId();
  const sentAtMs = Date.now() + sentInMs;
  return {
    message_id: id,
    from_agent: 'contract_sender',
    to_agent: to ?? 'contract_receiver',
    payload: { text: 'yo' },
    sent_at: nowTimestamp(sentAtMs),
    kind: 'direct',
    schema_version: '1.1',
    ttl_ms: limits.ttlMsDefault,
    expires_at: nowTimestamp(sentAtMs + limits.ttlMsDefault),
    trace_id: id,
    thread_id: `thread_${id}`,
    ...(from ? { from_account_id: from } : {}),
    ...(to ? { to_account_id: to } : {}),
    ...fields,
  };
}

export function freshMessageId(): string {
  return randomUUID().replaceAll('-', '');
}

/** A name no other test uses; a valid agent id, username, account id and subject token. */
export function uniqueName(word = 'agent'): string {
  return `${word}_${randomUUID().slice(0, 13).replace('-', '')}`;
}

/** The message as wire text, with a payload written exactly so. */
export function withPayloadText(message: Message, payloadText: string): string {
  const { payload: _replaced, ...rest } = message;
  return `${JSON.stringify(rest).slice(0, -1)},"payload":${payloadText}}`;
}
