import { replyWithError } from '../outbox/reply.js';
import type { ReceivedMessage } from '../received-message.js';
import type { Inbox } from './inbox.js';
import { publishReceipt, tell } from './receipts.js';
import type { Refusal } from './refusal.js';

/** The one place that refuses, at the door or later: counts, one `rejected` receipt, one error reply if somebody waits for a reply. */
export function refuse(message: ReceivedMessage, refusal: Refusal, inbox: Inbox): void {
  inbox.metrics.countRefusal(refusal.code);
  publishReceipt(message, 'rejected', inbox, refusal);
  if (message.reply_to !== undefined) tell(inbox, () => replyWithError(inbox.replier, message, refusal));
}
