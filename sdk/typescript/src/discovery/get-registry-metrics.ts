import type { MetricsReply } from '@agentnet/protocol';
import { askRegistry, type OneShotOptions } from './ask-registry.js';

/**
 * Counters of the registry process that answers.
 *
 * @param natsUrl - `nats://<token>@host:port`
 * @throws {AgentNetError} `connect_failed`, `authorization_failed`, `registry_unavailable`, `request_timeout`, `cancelled`
 * @see spec operation `metrics`
 */
export function getRegistryMetrics(natsUrl: string, options: OneShotOptions = {}): Promise<MetricsReply> {
  return askRegistry(natsUrl, options, (registry, call) => registry.metrics({}, call));
}
