import type { MetricsReply, StoreDurability, WriteQueueMetrics } from '@agentnet/protocol';
import type { RegistryDeps } from '../deps.js';
import { wireTime } from '../domain/wire-time.js';

/** What other parts of the process know of themselves. */
export interface MetricsSources {
  readonly writeQueue: () => WriteQueueMetrics;
  readonly durability: () => StoreDurability | undefined;
}

/** Counters of this process. Counts itself, so that the reply includes the call that asked. */
export async function metrics(deps: RegistryDeps, { writeQueue, durability }: MetricsSources): Promise<MetricsReply> {
  deps.metrics.called('metrics');
  const store_durability = durability();
  return {
    generated_at: wireTime(deps.now()),
    server_id: deps.config.serverId,
    window_size: deps.metrics.windowSize,
    store_enabled: true,
    ...(store_durability && { store_durability }),
    db_write_queue: writeQueue(),
    latency_ms: deps.metrics.latencies(),
    handlers: deps.metrics.handlers(),
  };
}
