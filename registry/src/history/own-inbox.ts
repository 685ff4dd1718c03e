/** The registry's own inboxes lie outside `_INBOX.>`, or its history would record its own traffic for ever. */
export const ownInboxPrefix = '_REG';
