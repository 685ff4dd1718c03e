import type { MessageRow } from '@agentnet/protocol';
import { safeJson } from '../text/sanitize.js';
import { shortInstant, shortInstantWidth } from './short-instant.js';
import type { Column } from './table.js';

/** Columns of recorded messages; accounts that `usernameOf` knows are shown by name. */
export function messageColumns(usernameOf?: (accountId: string) => string | undefined): Column<MessageRow>[] {
  const shown = (accountId: string) => {
    const username = usernameOf?.(accountId);
    return username === undefined ? accountId : `@${username}`;
  };
  return [
    {
      title: 'SENT',
      cell: ({ sent_at }) => sent_at,
      short: ({ sent_at }) => shortInstant(sent_at),
      leastWidth: shortInstantWidth,
    },
    { title: 'KIND', cell: ({ kind }) => kind },
    { title: 'FROM', cell: ({ from_account_id }) => shown(from_account_id ?? '') },
    { title: 'TO', cell: ({ to_agent, to_account_id }) => addressee(to_agent, to_account_id, shown) },
    { title: 'PAYLOAD', cell: ({ payload }) => safeJson(payload), maxWidth: 100, leastWidth: 20 },
    { title: 'MESSAGE', cell: ({ message_id }) => message_id, isCopied: true },
  ];
}

/** A label such as `capability:x` says more than the account that took the message. */
function addressee(label: string, accountId: string | null, shown: (accountId: string) => string): string {
  return accountId !== null && (label === accountId || label === '') ? shown(accountId) : label;
}
