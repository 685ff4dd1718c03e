import { encodeJson, nowTimestamp, type ReceiptStatus, type SentReceipt, subjects } from '@agentnet/protocol';
import { AgentNetError } from '../errors.js';
import type { ReceivedMessage } from '../received-message.js';
import type { Inbox } from './inbox.js';
import type { Refusal } from './refusal.js';

/** What a receipt is sent with. */
export type ReceiptSource = Pick<Inbox, 'replier' | 'clock'>;

/** What else there is to say in a receipt. */
export interface ReceiptCircumstances {
  readonly refusal?: Refusal;
  /** @default false */
  readonly isAnswered?: boolean;
}

/** Tells the sender what became of its message, if it said who it is. Spec: operation `send_receipt`. */
export function publishReceipt(
  message: ReceivedMessage,
  status: ReceiptStatus,
  inbox: ReceiptSource,
  { refusal, isAnswered = false }: ReceiptCircumstances = {},
): void {
  const { from_account_id, message_id: messageId } = message;
  if (from_account_id === undefined) return;
  const receipt = receiptOf(message, status, inbox);
  if (refusal) {
    receipt.code = refusal.code;
    receipt.detail = refusal.detail;
  }
  const place = { subject: subjects.accountReceipts(from_account_id), body: encodeJson(receipt) };
  inbox.replier.receipts.send({ status, messageId, accountId: from_account_id, place, isAnswered });
}

/** Publishes where nobody can be told of a failure: the sender will see its own timeout. A lost connection reports itself. */
export function tell({ onError }: Pick<Inbox, 'onError'>, publish: () => void): void {
  try {
    publish();
  } catch (cause) {
    if (!(cause instanceof AgentNetError)) throw cause;
    if (cause.code !== 'connection_closed') onError(cause);
  }
}

function receiptOf(message: ReceivedMessage, status: ReceiptStatus, { replier, clock }: ReceiptSource): SentReceipt {
  const { message_id, thread_id, trace_id, parent_message_id, from_account_id } = message;
  const receipt: SentReceipt = {
    message_id,
    status,
    event_at: nowTimestamp(clock.now()),
    from_account_id: replier.sender.accountId,
    from_session_tag: replier.sender.sessionTag,
    trace_id: trace_id ?? message_id,
    thread_id,
  };
  if (from_account_id !== undefined) receipt.to_account_id = from_account_id;
  if (parent_message_id !== undefined) receipt.parent_message_id = parent_message_id;
  return receipt;
}
