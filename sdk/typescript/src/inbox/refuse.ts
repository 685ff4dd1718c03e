import { replyWithError } from '../outbox/reply.js';
import type { ReceivedMessage } from '../received-message.js';
import type { Inbox } from './inbox.js';
import { publishReceipt, tell } from './receipts.js';
import type { Refusal } from './refusal.js';
import { shareOutcome } from './repeat.js';
import { shareLater } from './repeat-elsewhere.js';

/** The one place that refuses, at the door or later: counts, one `rejected` receipt, one error reply if somebody waits for a reply. */
export function refuse(message: ReceivedMessage, refusal: Refusal, inbox: Inbox): void {
  const { code, detail, earlier, elsewhere } = refusal;
  inbox.metrics.countRefusal(code);
  publishReceipt(message, 'rejected', inbox, { refusal });
  if (inbox.events.has('refused')) inbox.events.emit('refused', { message, code, detail });
  if (earlier && shareOutcome(message, earlier, inbox)) return;
  if (message.reply_to === undefined) return;
  if (elsewhere) shareLater(message, elsewhere, inbox);
  else tell(inbox, () => replyWithError(inbox.replier, message, refusal));
}
