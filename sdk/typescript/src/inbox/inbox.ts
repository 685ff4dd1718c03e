import type { Clock } from '../clock.js';
import type { AgentNetError } from '../errors.js';
import type { AgentMetrics } from '../metrics/agent-metrics.js';
import type { Replier } from '../outbox/reply.js';
import type { ReceivedMessage } from '../received-message.js';
import type { Breakers } from './breakers.js';
import type { ResolvedInboxOptions } from './inbox-options.js';
import type { Outcomes } from './outcomes.js';
import type { RateLimiter } from './rate-limiter.js';
import type { MessageHandler } from './run-handler.js';
import type { WorkQueue } from './work-queue.js';

/** A message on its way to the handler. */
export interface Incoming {
  readonly message: ReceivedMessage;
  /** The body as it came, for signatures. */
  readonly text: string;
  /** When it expires, in milliseconds since 1970; undefined when it carries no usable deadline. */
  readonly expiresAtMs: number | undefined;
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
  readonly queue: WorkQueue<Incoming>;
  readonly running: Set<Running>;
  readonly outcomes: Outcomes;
  readonly rates: RateLimiter;
  readonly breakers: Breakers;
  readonly onError: (error: AgentNetError) => void;
  /** False once the session refuses new work. */
  isAccepting: boolean;
}
