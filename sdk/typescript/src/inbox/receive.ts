import type { NatsMessage } from '../connection/nats-transport.js';
import { claimFor, repetitionElsewhere } from './claim.js';
import { decodeMessage } from './decode.js';
import { accepting } from './gates/accepting.js';
import { breaker } from './gates/breaker.js';
import { capacity } from './gates/capacity.js';
import { duplicate } from './gates/duplicate.js';
import type { Gate } from './gates/gate.js';
import { rateLimit } from './gates/rate-limit.js';
import { schemaVersion } from './gates/schema-version.js';
import { signature } from './gates/signature.js';
import { ttl } from './gates/ttl.js';
import type { Inbox } from './inbox.js';
import { publishReceipt } from './receipts.js';
import { refuse } from './refuse.js';

/** First refusal wins; the order is part of the protocol. */
const gates: readonly Gate[] = [schemaVersion, signature, accepting, breaker, ttl, duplicate, rateLimit, capacity];

/** Takes one message off the inbox or a capability subject. */
export async function receive(raw: NatsMessage, inbox: Inbox): Promise<void> {
  const decoded = decodeMessage(raw, inbox.replier.maxPayloadBytes);
  if ('refusal' in decoded) return refuse(decoded.message, decoded.refusal, inbox);
  const { incoming } = decoded;
  for (const gate of gates) {
    const verdict = gate(incoming, inbox);
    // Awaiting only what is a promise keeps messages in order and the counters of later gates consistent.
    const refusal = verdict instanceof Promise ? await verdict : verdict;
    if (!refusal) continue;
    const repetition = repetitionElsewhere(incoming, refusal, inbox);
    return refuse(incoming.message, (repetition && (await repetition)) ?? refusal, inbox);
  }
  incoming.outcome = inbox.outcomes.remember(incoming);
  // The events of a stream are told apart by their place in it, and waiting for a claim would disturb their order.
  const claim = incoming.event ? undefined : claimFor(incoming, incoming.outcome, inbox);
  const refusal = claim && (await claim);
  if (refusal) return refuse(incoming.message, refusal, inbox);
  publishReceipt(incoming.message, 'accepted', inbox);
  if (!inbox.streams.push(incoming)) inbox.queue.push(incoming);
}
