import { decodeJson, matchSubject } from '@agentnet/protocol';
import type { NewReceipt } from '../store/receipts.js';
import type { Captured } from './captured.js';

const statuses = ['accepted', 'processed', 'rejected'] as const;

/** Turns a captured body into the row that is written; undefined for what says nothing that can count. Never throws. */
export function readReceipt({ subject, body, receivedAt }: Captured): NewReceipt | undefined {
  const to = matchSubject.accountReceipts(subject);
  const decoded = decodeJson('Receipt', body);
  if (!to || !decoded.ok) return undefined;
  const { message_id, from_account_id } = decoded.value;
  const word = decoded.value.status.trim().toLowerCase();
  const status = statuses.find((known) => known === word);
  if (!message_id || !from_account_id || !status) return undefined;
  return {
    message_id,
    to_account_id: to.account_id,
    from_account_id,
    status,
    code: status === 'rejected' ? readCode(decoded.value.code) : null,
    received_at: receivedAt,
  };
}

/** Codes of later versions are kept as they are, as long as they look like one. */
function readCode(code: string | null | undefined): string | null {
  const word = code?.trim().toLowerCase() ?? '';
  return /^[a-z0-9_.-]+$/.test(word) ? word : null;
}
