import type { Message, SentMessage } from '@agentnet/protocol';
import type { NewReceipt } from '../store/receipts.js';

const processed: SentMessage['parent_status'] = 'processed';

/** What a reply says in the place of receipts; nothing if it says nothing that can count. Spec: rule `history.receipts.with-reply`. */
export function receiptsOfReply(reply: Message, receivedAt: string): NewReceipt[] {
  const { kind, parent_status, parent_message_id, from_account_id, to_account_id } = reply;
  if (kind !== 'reply' || parent_status !== processed) return [];
  if (!parent_message_id || !from_account_id || !to_account_id) return [];
  const receipt = {
    message_id: parent_message_id,
    from_account_id,
    to_account_id,
    code: null,
    received_at: receivedAt,
  };
  return [
    { ...receipt, status: 'accepted' },
    { ...receipt, status: 'processed' },
  ];
}
