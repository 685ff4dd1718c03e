import { queueGroups, subjects, type TransportSubscription } from '@agentnet/protocol';
import type { NatsMessage, NatsTransport } from '../connection/nats-transport.js';
import { toAgentNetError } from '../connection/to-agentnet-error.js';
import type { EventBus } from '../events.js';
import type { MessageVerifier } from '../identity/message-verifier.js';
import type { AgentMetrics } from '../metrics/agent-metrics.js';
import type { ResolvedOptions } from '../options.js';
import type { Outbox } from '../outbox/outbox.js';
import type { Replier } from '../outbox/reply.js';
import type { Session } from '../presence/register.js';
import { Breakers } from './breakers.js';
import type { Inbox, Incoming } from './inbox.js';
import { Outcomes } from './outcomes.js';
import { RateLimiter } from './rate-limiter.js';
import { receive } from './receive.js';
import type { MessageHandler } from './run-handler.js';
import type { SharedOutcomes } from './shared-outcomes.js';
import { StreamIntake } from './stream-intake.js';
import { work } from './work.js';
import { WorkQueue } from './work-queue.js';

/** What an inbox is made of. */
export interface InboxParts {
  readonly handler: MessageHandler;
  readonly options: ResolvedOptions;
  readonly metrics: AgentMetrics;
  readonly replier: Replier;
  readonly verifier: MessageVerifier | undefined;
  readonly outbox: Outbox;
  readonly shared: SharedOutcomes | undefined;
  readonly events: EventBus;
}

export function createInbox({
  handler,
  options,
  metrics,
  replier,
  verifier,
  outbox,
  shared,
  events,
}: InboxParts): Inbox {
  const { inbox: limits, clock, onError } = options;
  const { maxConcurrency } = limits;
  const { asked } = outbox;
  const inbox: Inbox = {
    options: limits,
    handler,
    clock,
    metrics,
    replier,
    verifier,
    events,
    onError,
    report: (cause) => onError(toAgentNetError(cause)),
    queue: new WorkQueue<Incoming>(limits, (incoming) => reporting(inbox, () => work(incoming, inbox))),
    streams: new StreamIntake({ clock, maxConcurrency, asked }, (incoming) =>
      reporting(inbox, () => work(incoming, inbox)),
    ),
    outbox,
    running: new Set(),
    outcomes: new Outcomes(limits.dedupeTtlMs, clock),
    shared,
    claiming: new Set(),
    rates: new RateLimiter(limits.rateLimitPerSecond, limits.rateLimitBurst, clock),
    breakers: new Breakers(limits, clock),
    isAccepting: true,
  };
  return inbox;
}

/** Subscribes the account's inbox and each capability, in the queue groups that sessions share. */
export function subscribeInbox(
  transport: NatsTransport,
  { accountId, capabilities }: Session,
  inbox: Inbox,
): TransportSubscription[] {
  const take = (raw: NatsMessage) => void reporting(inbox, () => receive(raw, inbox));
  return [
    transport.subscribe(subjects.accountInbox(accountId), { queue: queueGroups.receiveFromInbox(accountId) }, take),
    ...capabilities.map((capability) =>
      transport.subscribe(
        subjects.capability(capability),
        { queue: queueGroups.receiveFromCapability(capability) },
        take,
      ),
    ),
  ];
}

/** Hands over whatever is thrown, now or later. */
function reporting({ report }: Inbox, run: () => Promise<void> | undefined): Promise<void> | undefined {
  try {
    return run()?.catch(report);
  } catch (cause) {
    report(cause);
    return undefined;
  }
}
