import type { Context } from '@opentelemetry/api';
import { beginHandling, runWithin, senderContext } from '../tracing/handling-span.js';
import { installedTracer } from '../tracing/tracer.js';
import { serviceDegraded } from './gates/breaker.js';
import { expired } from './gates/ttl.js';
import type { Inbox, Incoming } from './inbox.js';
import { publishReceipt } from './receipts.js';
import type { Refusal } from './refusal.js';
import { refuse } from './refuse.js';
import { failCopies, payloadText, settleCopies } from './repeat.js';
import { runHandler } from './run-handler.js';
import { senderOf } from './sender-of.js';

/** A worker's turn with one accepted message; it ends with a final receipt. Without a promise it has ended. */
export function work(incoming: Incoming, inbox: Inbox): Promise<void> | undefined {
  const late = refusalAtDequeue(incoming, inbox);
  if (late) return giveBack(incoming, late, inbox);
  const refusal = handle(incoming, inbox);
  return refusal instanceof Promise
    ? refusal.then((later) => finish(incoming, later, inbox))
    : finish(incoming, refusal, inbox);
}

function finish(incoming: Incoming, refusal: Refusal | undefined, inbox: Inbox): Promise<void> | undefined {
  if (refusal) return giveBack(incoming, refusal, inbox);
  const { message, outcome } = incoming;
  inbox.metrics.counters.processed_count++;
  const receipts = inbox.replier.receiptsWithReply.get(message);
  receipts?.finish();
  if (!receipts?.isTold) publishReceipt(message, 'processed', inbox, { isAnswered: outcome?.reply !== undefined });
  settle(incoming, inbox);
  return undefined;
}

/** Refuses an accepted message. It is forgotten, here and in the account, before its sender hears of it, so that a retry runs. */
export async function giveBack({ message, outcome }: Incoming, refusal: Refusal, inbox: Inbox): Promise<void> {
  if (outcome?.claim) await inbox.shared?.release(outcome.claim);
  if (outcome) inbox.outcomes.release(outcome);
  refuse(message, refusal, inbox);
  if (outcome) failCopies(outcome, refusal, inbox);
}

/** Remembers the success and lets the copies that waited for it have it. */
function settle({ outcome }: Incoming, inbox: Inbox): void {
  if (!outcome) return;
  outcome.isProcessed = true;
  const { claim, reply } = outcome;
  if (claim) void inbox.shared?.finish(claim, reply && payloadText(reply)).catch(inbox.report);
  settleCopies(outcome, inbox);
}

/** A message may have outlived its deadline, or its sender's circuit may have opened, while it waited. */
function refusalAtDequeue({ message, expiresAtMs = 0 }: Incoming, { clock, breakers }: Inbox): Refusal | undefined {
  if (clock.now() >= expiresAtMs) return expired;
  return breakers.begin(senderOf(message)) ? undefined : serviceDegraded;
}

function handle(incoming: Incoming, inbox: Inbox): Promise<Refusal | undefined> | Refusal | undefined {
  const startedAt = inbox.clock.elapsed();
  const within = traceHandling(incoming, inbox);
  const refusal = runWithin(within, () => runHandler(incoming, inbox));
  return refusal instanceof Promise
    ? refusal.then((later) => conclude(incoming, later, { inbox, startedAt }))
    : conclude(incoming, refusal, { inbox, startedAt });
}

function conclude(
  { message, span }: Incoming,
  refusal: Refusal | undefined,
  { inbox, startedAt }: { inbox: Inbox; startedAt: number },
): Refusal | undefined {
  const { clock, metrics, breakers, events } = inbox;
  if (refusal) span?.failWith(refusal.code);
  span?.end();
  const durationMs = clock.elapsed() - startedAt;
  metrics.addHandling(durationMs);
  // Being told to stop says nothing about the sender's messages.
  if (!refusal) breakers.succeed(senderOf(message));
  else if (refusal.code !== 'shutting_down') breakers.fail(senderOf(message));
  if (!refusal && events.has('handled')) events.emit('handled', { message, durationMs });
  return refusal;
}

/** What the handler sends is part of this; undefined when the program traces nothing. */
function traceHandling(incoming: Incoming, { replier }: Inbox): Context | undefined {
  const { message, event, raw } = incoming;
  const tracer = installedTracer();
  if (!tracer) return undefined;
  // A delta is part of its stream's span, not worth one of its own.
  if (event?.type === 'stream_delta') return senderContext(message, raw.headers);
  const span = beginHandling(tracer, message, raw);
  incoming.span = span;
  replier.handling.set(message, span.context);
  return span.context;
}
