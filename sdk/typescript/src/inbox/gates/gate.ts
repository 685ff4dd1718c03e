import type { Inbox, Incoming } from '../inbox.js';
import type { Refusal } from '../refusal.js';

/** One reason to refuse a message. It changes nothing that a later refusal would have to undo, except spending a rate token. */
export type Gate = (incoming: Incoming, inbox: Inbox) => Refusal | undefined | Promise<Refusal | undefined>;
