import type { RegistryClient } from '@agentnet/protocol';
import type { Clock } from '../clock.js';
import type { Link } from '../connection/link.js';
import type { EventBus } from '../events.js';
import type { AgentMetrics } from '../metrics/agent-metrics.js';
import type { ResolvedOptions } from '../options.js';
import type { AskedStreams } from '../streams/asked-streams.js';
import type { Pacers } from '../streams/pacer.js';
import type { ReceiptDesk } from './await-receipt.js';
import type { Sender } from './build-message.js';
import type { ReplyMux } from './reply-mux.js';
import type { UsernameResolver } from './username-resolver.js';

/** What one session sends with. */
export interface Outbox {
  readonly sender: Sender;
  readonly link: Link;
  readonly registry: RegistryClient;
  readonly receipts: ReceiptDesk;
  readonly replies: ReplyMux;
  readonly usernames: UsernameResolver;
  readonly pacers: Pacers;
  /** Streams that were asked for and have not ended. */
  readonly asked: AskedStreams;
  readonly metrics: AgentMetrics;
  readonly events: EventBus;
  readonly options: ResolvedOptions;
  readonly clock: Clock;
  /** Whether replies may say what the receipts of requests would. Spec: rule `receipt.with-reply.feature`. */
  readonly readsReceiptsFromReply: boolean;
}
