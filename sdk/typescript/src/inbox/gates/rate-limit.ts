import { refusalOf } from '../refusal.js';
import { senderOf } from '../sender-of.js';
import type { Gate } from './gate.js';

const rateLimited = refusalOf('rate_limited');

/** Refuses a sender that writes too fast. */
export const rateLimit: Gate = ({ message }, { rates }) => (rates.take(senderOf(message)) ? undefined : rateLimited);
