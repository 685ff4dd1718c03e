import { type Heard, type MessageStory, text } from './conversation.js';
import { type HeardReceipt, statusesInReply } from './receipt-order.js';

/** What each session said became of a message, in the order of the wire: receipts, and those that its reply stands for. */
export function verdictsBySession({ receipts, replies }: MessageStory): ReadonlyMap<string, readonly Heard[]> {
  const sessions = new Map<string, readonly Heard[]>();
  const told = [...receipts, ...replies.filter(standsForReceipts)].sort((a, b) => a.frame.n - b.frame.n);
  for (const heard of told) {
    const tag = text(heard.json?.['from_session_tag']);
    const before = sessions.get(tag) ?? [];
    sessions.set(tag, [...before, ...(heard.role === 'receipt' ? [heard] : receiptsIn(heard, before))]);
  }
  return sessions;
}

/** Whether a frame is a reply that counts as the receipts of the message it answers. Spec: rule `receipt.with-reply`. */
export function standsForReceipts({ role, json }: Heard): boolean {
  return role === 'message reply' && json?.['kind'] === 'reply' && json['parent_status'] === 'processed';
}

/** A verdict as far as its place in the order counts. */
export function heardReceipt({ frame, json }: Heard): HeardReceipt {
  return { status: text(json?.['status']), code: text(json?.['code']), atMs: frame.afterMs };
}

function receiptsIn(reply: Heard, before: readonly Heard[]): Heard[] {
  const { parent_message_id: message_id, sent_at: event_at, from_account_id, from_session_tag } = reply.json ?? {};
  return statusesInReply(before.map(heardReceipt)).map((status) => ({
    ...reply,
    json: { message_id, status, event_at, from_account_id, from_session_tag },
  }));
}
