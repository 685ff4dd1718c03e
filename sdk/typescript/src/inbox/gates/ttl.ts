import { refusalOf } from '../refusal.js';
import type { Gate } from './gate.js';

const missing = refusalOf('missing_ttl');
export const expired = refusalOf('expired');

/** Refuses a message without a usable deadline, or whose deadline has passed. */
export const ttl: Gate = ({ expiresAtMs }, { clock }) => {
  if (expiresAtMs === undefined) return missing;
  return clock.now() >= expiresAtMs ? expired : undefined;
};
