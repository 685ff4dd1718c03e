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
import type { Inbox, Incoming } from './inbox.js';
import { publishReceipt } from './receipts.js';
import { ReceiptsWithReply } from './receipts-with-reply.js';
import type { Refusal } from './refusal.js';
import { refuse } from './refuse.js';

/** First refusal wins; the order is part of the protocol. */
const gates: readonly Gate[] = [schemaVersion, signature, accepting, breaker, ttl, duplicate, rateLimit, capacity];

/** Takes one message off the inbox or a capability subject. A promise only while something has to be looked up. */
export function receive(raw: NatsMessage, inbox: Inbox): Promise<void> | undefined {
  const decoded = decodeMessage(raw, inbox.replier.maxPayloadBytes);
  if ('refusal' in decoded) return void refuse(decoded.message, decoded.refusal, inbox);
  return passGates(decoded.incoming, inbox, 0);
}

/** Waiting only for what is a promise keeps messages in order and the counters of later gates consistent. */
function passGates(incoming: Incoming, inbox: Inbox, from: number): Promise<void> | undefined {
  for (let at = from; at < gates.length; at++) {
    const verdict = gates[at]?.(incoming, inbox);
    if (verdict instanceof Promise)
      return verdict.then((refusal) =>
        refusal ? turnAway(incoming, refusal, inbox) : passGates(incoming, inbox, at + 1),
      );
    if (verdict) return turnAway(incoming, verdict, inbox);
  }
  return accept(incoming, inbox);
}

function turnAway(incoming: Incoming, refusal: Refusal, inbox: Inbox): Promise<void> | undefined {
  const repetition = repetitionElsewhere(incoming, refusal, inbox);
  if (repetition) return repetition.then((found) => refuse(incoming.message, found ?? refusal, inbox));
  refuse(incoming.message, refusal, inbox);
  return undefined;
}

function accept(incoming: Incoming, inbox: Inbox): Promise<void> | undefined {
  incoming.outcome = inbox.outcomes.remember(incoming);
  // The events of a stream are told apart by their place in it, and waiting for a claim would disturb their order.
  const claim = incoming.event ? undefined : claimFor(incoming, incoming.outcome, inbox);
  if (!claim) return void enqueue(incoming, inbox);
  return claim.then((refusal) => (refusal ? refuse(incoming.message, refusal, inbox) : enqueue(incoming, inbox)));
}

function enqueue(incoming: Incoming, inbox: Inbox): void {
  const { message, wantsReceiptsWithReply } = incoming;
  if (wantsReceiptsWithReply) {
    const receipts = new ReceiptsWithReply(() => publishReceipt(message, 'processed', inbox));
    inbox.replier.receiptsWithReply.set(message, receipts);
    publishReceipt(message, 'accepted', inbox, { isTold: () => receipts.isTold });
  } else publishReceipt(message, 'accepted', inbox);
  if (!inbox.streams.push(incoming)) inbox.queue.push(incoming);
}
