import type { JsonValue } from '@agentnet/protocol';

/** One message an operator wants to send. */
export interface OutgoingMessage {
  target: { kind: 'account' | 'username' | 'capability'; name: string };
  payload: JsonValue;
  threadId?: string;
  parentMessageId?: string;
  idempotencyKey?: string;
  ttlMs?: number;
}
