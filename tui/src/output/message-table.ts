import type { MessageRow } from '@agentnet/protocol';
import { safeJson } from '../text/sanitize.js';
import type { Column } from './table.js';

/** Columns of recorded messages. */
export const messageColumns: Column<MessageRow>[] = [
  { title: 'SENT', cell: ({ sent_at }) => sent_at },
  { title: 'KIND', cell: ({ kind }) => kind },
  { title: 'FROM', cell: ({ from_account_id }) => from_account_id ?? '' },
  { title: 'TO', cell: ({ to_agent }) => to_agent },
  { title: 'PAYLOAD', cell: ({ payload }) => safeJson(payload), maxWidth: 100 },
  { title: 'MESSAGE', cell: ({ message_id }) => message_id },
];
