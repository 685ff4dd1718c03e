import { refusalOf } from '../refusal.js';
import { senderOf } from '../sender-of.js';
import type { Gate } from './gate.js';

export const serviceDegraded = refusalOf('service_degraded');

/** Refuses a sender whose messages failed too often in a row. */
export const breaker: Gate = ({ message }, { breakers }) =>
  breakers.isOpen(senderOf(message)) ? serviceDegraded : undefined;
