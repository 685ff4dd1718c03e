import type { Clock } from '../clock.js';
import type { NatsMessage } from '../connection/nats-transport.js';
import type { AgentNetError } from '../errors.js';
import type { EventBus } from '../events.js';
import type { MessageVerifier } from '../identity/message-verifier.js';
import type { AgentMetrics } from '../metrics/agent-metrics.js';
import type { Outbox } from '../outbox/outbox.js';
import type { Replier } from '../outbox/reply.js';
import type { ReceivedMessage } from '../received-message.js';
import type { StreamEvent } from '../streams/stream-event.js';
import type { MessageSpan } from '../tracing/message-span.js';
import type { Breakers } from './breakers.js';
import type { ResolvedInboxOptions } from './inbox-options.js';
import type { Outcome, Outcomes } from './outcomes.js';
import type { RateLimiter } from './rate-limiter.js';
import type { MessageHandler } from './run-handler.js';
import type { SharedOutcomes } from './shared-outcomes.js';
import type { StreamIntake } from './stream-intake.js';
import type { WorkQueue } from './work-queue.js';

/** A message on its way to the handler. */
export interface Incoming {
  readonly message: ReceivedMessage;
  /** The body as it came, for signatures. */
  readonly text: string;
  /** The message as it came off the wire, for signatures. */
  readonly raw: NatsMessage;
  /** When it expires, in milliseconds since 1970; undefined when it carries no usable deadline. */
  readonly expiresAtMs: number | undefined;
  /** Present when the message is part of a stream. */
  readonly event: StreamEvent | undefined;
  /** Whether the sender asks for a reply that says what the receipts would. Spec: rule `receipt.with-reply`. */
  readonly wantsReceiptsWithReply: boolean;
  /** What its copies will share; set when it is accepted. */
  outcome?: Outcome;
  /** The handler's work on it; absent when the program traces nothing. */
  span?: MessageSpan;
}

/** Work under way, so that closing can end it. */
export interface Running {
  end(): void;
}

/** What one session receives with. The gates read it, `receive` and `work` change it. */
export interface Inbox {
  readonly options: ResolvedInboxOptions;
  readonly handler: MessageHandler;
  readonly clock: Clock;
  readonly metrics: AgentMetrics;
  readonly replier: Replier;
  /** Present with dev auth on. */
  readonly verifier: MessageVerifier | undefined;
  readonly queue: WorkQueue<Incoming>;
  readonly streams: StreamIntake;
  readonly outbox: Outbox;
  readonly running: Set<Running>;
  readonly outcomes: Outcomes;
  /** What the sessions of the account share; undefined when they share nothing. */
  readonly shared: SharedOutcomes | undefined;
  /** Messages whose claim is under way. */
  readonly claiming: Set<Promise<unknown>>;
  readonly rates: RateLimiter;
  readonly breakers: Breakers;
  readonly events: EventBus;
  readonly onError: (error: AgentNetError) => void;
  /** The outer edge: takes whatever was thrown while nobody waited. */
  readonly report: (cause: unknown) => void;
  /** False once the session refuses new work. */
  isAccepting: boolean;
}
