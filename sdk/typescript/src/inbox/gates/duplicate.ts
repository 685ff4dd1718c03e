import type { Gate } from './gate.js';

/** Refuses a message id or idempotency key that was accepted before and has not failed since. Before the rate limit: a retry must not cost a token. */
export const duplicate: Gate = (incoming, { outcomes }) => outcomes.repetitionOf(incoming);
