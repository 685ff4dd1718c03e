import { encodeJson, nowTimestamp, type ReceiptStatus, type SentReceipt, subjects } from '@agentnet/protocol';
import { AgentNetError } from '../errors.js';
import type { Sender } from '../outbox/build-message.js';
import type { ReceivedMessage } from '../received-message.js';
import type { Inbox } from './inbox.js';
import type { DueReceipt } from './receipt-outbox.js';
import type { Refusal } from './refusal.js';

/** What a receipt is sent with. */
export type ReceiptSource = Pick<Inbox, 'replier' | 'clock'>;

/** What else there is to say in a receipt. */
export interface ReceiptCircumstances {
  readonly refusal?: Refusal;
  /** @default false */
  readonly isAnswered?: boolean;
  /** Whether the reply says it, asked when the receipt would leave. @default never */
  readonly isTold?: () => boolean;
}

/** Tells the sender what became of its message, if it said who it is. Spec: operation `send_receipt`. */
export function publishReceipt(
  message: ReceivedMessage,
  status: ReceiptStatus,
  inbox: ReceiptSource,
  { refusal, isAnswered = false, isTold }: ReceiptCircumstances = {},
): void {
  const { from_account_id: accountId, message_id: messageId } = message;
  if (accountId === undefined) return;
  const atMs = inbox.clock.now();
  const make = (): DueReceipt => {
    const receipt = receiptOf(message, status, { sender: inbox.replier.sender, atMs });
    if (refusal) {
      receipt.code = refusal.code;
      receipt.detail = refusal.detail;
    }
    const place = { subject: subjects.accountReceipts(accountId), body: encodeJson(receipt) };
    return { status, messageId, accountId, place, isAnswered };
  };
  if (isTold) inbox.replier.receipts.sendUnless({ status, accountId, isTold, make });
  else inbox.replier.receipts.send(make());
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

function receiptOf(
  message: ReceivedMessage,
  status: ReceiptStatus,
  { sender, atMs }: { sender: Sender; atMs: number },
): SentReceipt {
  const { message_id, thread_id, trace_id, parent_message_id, from_account_id } = message;
  const receipt: SentReceipt = {
    message_id,
    status,
    event_at: nowTimestamp(atMs),
    from_account_id: sender.accountId,
    from_session_tag: sender.sessionTag,
    trace_id: trace_id ?? message_id,
    thread_id,
  };
  if (from_account_id !== undefined) receipt.to_account_id = from_account_id;
  if (parent_message_id !== undefined) receipt.parent_message_id = parent_message_id;
  return receipt;
}
