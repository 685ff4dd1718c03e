import { serviceDegraded } from './gates/breaker.js';
import { expired } from './gates/ttl.js';
import type { Inbox, Incoming } from './inbox.js';
import { publishReceipt } from './receipts.js';
import type { Refusal } from './refusal.js';
import { refuse } from './refuse.js';
import { runHandler } from './run-handler.js';
import { senderOf } from './sender-of.js';

/** A worker's turn with one accepted message; it ends with a final receipt. */
export async function work(incoming: Incoming, inbox: Inbox): Promise<void> {
  const { message } = incoming;
  const refusal = refusalAtDequeue(incoming, inbox) ?? (await handle(incoming, inbox));
  if (refusal) return giveBack(incoming, refusal, inbox);
  inbox.metrics.counters.processed_count++;
  publishReceipt(message, 'processed', inbox);
}

/** Refuses an accepted message. It is forgotten, so that the sender's retry runs. */
export function giveBack({ message }: Incoming, refusal: Refusal, inbox: Inbox): void {
  inbox.outcomes.release(message);
  refuse(message, refusal, inbox);
}

/** A message may have outlived its deadline, or its sender's circuit may have opened, while it waited. */
function refusalAtDequeue({ message, expiresAtMs = 0 }: Incoming, { clock, breakers }: Inbox): Refusal | undefined {
  if (clock.now() >= expiresAtMs) return expired;
  return breakers.begin(senderOf(message)) ? undefined : serviceDegraded;
}

async function handle({ message }: Incoming, inbox: Inbox): Promise<Refusal | undefined> {
  const { clock, metrics, breakers } = inbox;
  const startedAt = clock.elapsed();
  const refusal = await runHandler(message, inbox);
  metrics.addHandling(clock.elapsed() - startedAt);
  // Being told to stop says nothing about the sender's messages.
  if (!refusal) breakers.succeed(senderOf(message));
  else if (refusal.code !== 'shutting_down') breakers.fail(senderOf(message));
  return refusal;
}
