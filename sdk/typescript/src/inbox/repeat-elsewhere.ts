import { replyWithError } from '../outbox/reply.js';
import type { ReceivedMessage } from '../received-message.js';
import type { Inbox } from './inbox.js';
import type { Outcome } from './outcomes.js';
import { tell } from './receipts.js';
import { duplicateKey, refusalOf } from './refusal.js';
import { answerAgain } from './repeat.js';
import type { Elsewhere } from './shared-outcomes.js';

const failed = refusalOf('handler_error');

/** Gives a copy what another session of the account got or will get. */
export async function shareElsewhere(copy: ReceivedMessage, elsewhere: Elsewhere, inbox: Inbox): Promise<void> {
  const { entry } = elsewhere;
  const end = entry.processed ? entry : await inbox.shared?.follow(elsewhere);
  const payload = end === 'failed' ? undefined : end?.reply_payload;
  if (answerAgain(copy, payload, inbox)) return;
  tell(inbox, () => replyWithError(inbox.replier, copy, end === 'failed' ? failed : duplicateKey));
}

/** Copies that had attached to a message before it turned out to be a copy itself. */
export function refuseCopies({ waiting = [] }: Outcome, elsewhere: Elsewhere, inbox: Inbox): void {
  for (const copy of waiting) if (copy.reply_to !== undefined) shareLater(copy, elsewhere, inbox);
}

/** As `shareElsewhere`, without anybody waiting for it. */
export function shareLater(copy: ReceivedMessage, elsewhere: Elsewhere, inbox: Inbox): void {
  void shareElsewhere(copy, elsewhere, inbox).catch(inbox.report);
}
