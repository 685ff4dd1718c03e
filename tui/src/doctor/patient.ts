import type { MetricsReply, RegistryClient } from '@agentnet/protocol';
import type { connect, NatsTransport } from '@agentnet/sdk/transport';
import type { Failure } from '../output/report-failure.js';
import type { NetworkOptions } from '../session/network-options.js';

/** The registry's counters, and between which moments of this machine's clock they were taken. */
export interface TakenMetrics {
  readonly reply: MetricsReply;
  readonly askedAtMs: number;
  readonly answeredAtMs: number;
}

/** What the checks look at. */
export interface Patient {
  readonly network: NetworkOptions;
  readonly connection: Awaited<ReturnType<typeof connect>>;
  readonly transport: NatsTransport;
  readonly registry: RegistryClient;
  /** Asked once; never rejects. */
  readonly metrics: Promise<TakenMetrics | { readonly failure: Failure }>;
}
