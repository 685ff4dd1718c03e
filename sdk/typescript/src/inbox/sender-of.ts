import type { ReceivedMessage } from '../received-message.js';

/** Whom limits are counted for: the account, else the label. Not the session tag, which a sender may make up anew for each message. */
export function senderOf({ from_account_id, from_agent }: ReceivedMessage): string {
  if (from_account_id !== undefined) return `account:${from_account_id}`;
  return from_agent === undefined ? 'unknown' : `agent:${from_agent}`;
}
