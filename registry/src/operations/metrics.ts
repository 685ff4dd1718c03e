import type { MetricsReply, WriteQueueMetrics } from '@agentnet/protocol';
import type { RegistryDeps } from '../deps.js';
import { wireTime } from '../domain/wire-time.js';

/** Counters of this process. Counts itself, so that the reply includes the call that asked. */
export async function metrics(deps: RegistryDeps, writeQueue: () => WriteQueueMetrics): Promise<MetricsReply> {
  deps.metrics.called('metrics');
  return {
    generated_at: wireTime(deps.now()),
    server_id: deps.config.serverId,
    window_size: deps.metrics.windowSize,
    store_enabled: true,
    db_write_queue: writeQueue(),
    latency_ms: deps.metrics.latencies(),
    handlers: deps.metrics.handlers(),
  };
}
