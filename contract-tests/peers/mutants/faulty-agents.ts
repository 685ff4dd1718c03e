import type { FaultyAgent } from './fault.js';
import { guardrailFaults } from './faults/guardrails.js';
import { payloadFaults } from './faults/payloads.js';
import { readingFaults } from './faults/reading.js';
import { receiptFaults } from './faults/receipts.js';
import { sendingFaults } from './faults/sending.js';
import { withReplyFaults } from './faults/with-reply.js';

/** Every way in which an agent can be wrong that the kit is tried with. */
export const faultyAgents: readonly FaultyAgent[] = [
  ...receiptFaults,
  ...sendingFaults,
  ...readingFaults,
  ...guardrailFaults,
  ...payloadFaults,
  ...withReplyFaults,
];
