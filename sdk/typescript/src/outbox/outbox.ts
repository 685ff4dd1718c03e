import type { RegistryClient } from '@agentnet/protocol';
import type { Clock } from '../clock.js';
import type { Link } from '../connection/link.js';
import type { AgentMetrics } from '../metrics/agent-metrics.js';
import type { ResolvedOptions } from '../options.js';
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
  readonly metrics: AgentMetrics;
  readonly options: ResolvedOptions;
  readonly clock: Clock;
}
