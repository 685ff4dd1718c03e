import { refusalOf } from '../refusal.js';
import { senderOf } from '../sender-of.js';
import type { Gate } from './gate.js';

const rateLimited = refusalOf('rate_limited');

/** Refuses a sender that writes too fast. The events of a stream it has opened have a limit of their own. */
export const rateLimit: Gate = ({ message, event }, { rates, streams }) => {
  const isPart = event !== undefined && streams.open.isPartOfOne(message, event);
  return (isPart ? streams.rates : rates).take(senderOf(message)) ? undefined : rateLimited;
};
