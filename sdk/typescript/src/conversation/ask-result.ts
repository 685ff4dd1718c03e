import type { JsonValue } from '@agentnet/protocol';
import type { ReceivedMessage } from '../received-message.js';

/** Who wrote a message. */
export interface AskedAgent {
  /** The account that answered; it is what messages are routed to. */
  readonly accountId?: string;
  /** Its role label. Not an identity. */
  readonly agentId?: string;
  /** Its session. */
  readonly sessionTag?: string;
}

/** An answer. */
export interface AskResult {
  /** The payload if it is a text, else its member `text`, else the payload as JSON text. */
  readonly text: string;
  /** The whole payload. */
  readonly payload: JsonValue;
  /** The conversation; hand it to the next `ask` to go on with it. */
  readonly threadId: string;
  /** The answer's id. */
  readonly messageId: string;
  /** The question's id, as the answer names it. */
  readonly requestId?: string;
  /** The piece of work. */
  readonly traceId?: string;
  /** Who answered. */
  readonly from: AskedAgent;
  /** The answer as it came, in the wire's words. */
  readonly message: ReceivedMessage;
}

export function toAskResult(message: ReceivedMessage): AskResult {
  const { payload, thread_id, message_id, parent_message_id, trace_id } = message;
  return {
    text: textOf(payload),
    payload,
    threadId: thread_id,
    messageId: message_id,
    ...(parent_message_id === undefined ? {} : { requestId: parent_message_id }),
    ...(trace_id === undefined ? {} : { traceId: trace_id }),
    from: writerOf(message),
    message,
  };
}

function textOf(payload: JsonValue): string {
  if (typeof payload === 'string') return payload;
  if (typeof payload === 'object' && payload !== null && 'text' in payload && typeof payload.text === 'string')
    return payload.text;
  return JSON.stringify(payload);
}

function writerOf({ from_account_id, from_agent, from_session_tag }: ReceivedMessage): AskedAgent {
  return {
    ...(from_account_id === undefined ? {} : { accountId: from_account_id }),
    ...(from_agent === undefined ? {} : { agentId: from_agent }),
    ...(from_session_tag === undefined ? {} : { sessionTag: from_session_tag }),
  };
}
