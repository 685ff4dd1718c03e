import { limits, RawJson } from '@agentnet/protocol';
import { rawMember } from '../identity/raw-member.js';
import { reply, replyWithError } from '../outbox/reply.js';
import type { ReceivedMessage } from '../received-message.js';
import type { Inbox } from './inbox.js';
import type { Outcome } from './outcomes.js';
import { publishReceipt, tell } from './receipts.js';
import { duplicateKey, type Refusal, refusalOf } from './refusal.js';

const duplicateId = refusalOf('duplicate');
const decoder = new TextDecoder();

/** Gives a copy what the first one got, now or when it has ended; false when there is nothing to give. */
export function shareOutcome(copy: ReceivedMessage, earlier: Outcome, inbox: Inbox): boolean {
  if (earlier.isProcessed) return answerAgain(copy, earlier.reply && payloadText(earlier.reply), inbox);
  // A copy with the first one's id and no reply subject hears its receipts anyway.
  if (copy.reply_to === undefined && copy.message_id === earlier.messageId) return true;
  earlier.waiting ??= [];
  if (earlier.waiting.length >= limits.attachedRetriesMax) return false;
  earlier.waiting.push(copy);
  return true;
}

/** The first copy was handled: those that waited get its reply. */
export function settleCopies(outcome: Outcome, inbox: Inbox): void {
  const { waiting = [], reply: body, messageId } = outcome;
  delete outcome.waiting;
  if (waiting.length === 0) return;
  const text = body && payloadText(body);
  for (const copy of waiting) {
    if (copy.reply_to === undefined || answerAgain(copy, text, inbox)) continue;
    const refusal = copy.message_id === messageId ? duplicateId : duplicateKey;
    tell(inbox, () => replyWithError(inbox.replier, copy, refusal));
  }
}

/** The first copy failed: those that waited are told so, because their first receipt said that they count as handled. */
export function failCopies({ waiting = [], messageId }: Outcome, refusal: Refusal, inbox: Inbox): void {
  for (const copy of waiting) {
    if (copy.message_id !== messageId) publishReceipt(copy, 'rejected', inbox, { refusal });
    if (copy.reply_to !== undefined) tell(inbox, () => replyWithError(inbox.replier, copy, refusal));
  }
}

/** Answers with a reply that was given before, digit for digit; false when there is none or nobody waits for one. */
export function answerAgain(copy: ReceivedMessage, payload: string | undefined, inbox: Inbox): boolean {
  if (payload === undefined || copy.reply_to === undefined) return false;
  tell(inbox, () => reply(inbox.replier, copy, RawJson.of(payload)));
  return true;
}

/** The payload of an encoded message, as JSON text. */
export function payloadText(body: Uint8Array): string | undefined {
  return rawMember(decoder.decode(body), 'payload');
}
