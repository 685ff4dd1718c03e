import type { WriteQueueMetrics } from '@agentnet/protocol';
import type { RegistryMetrics } from '../metrics/registry-metrics.js';

export interface PrometheusSources {
  readonly serverId: string;
  readonly metrics: RegistryMetrics;
  readonly writeQueue: WriteQueueMetrics;
  readonly deadLetters: number;
}

type Labels = Readonly<Record<string, string>>;

/** The counters of `registry.metrics` in the Prometheus text format. */
export function prometheusText({ serverId, metrics, writeQueue, deadLetters }: PrometheusSources): string {
  const handlers = Object.entries(metrics.handlers());
  const latencies = Object.entries(metrics.latencies());
  const families = [
    family('agentnet_registry_info', 'gauge', 'The registry that answers.', [[{ server_id: serverId }, 1]]),
    family(
      'agentnet_registry_calls_total',
      'counter',
      'Calls by operation.',
      handlers.map(([operation, { calls }]) => [{ operation }, calls]),
    ),
    family(
      'agentnet_registry_errors_total',
      'counter',
      'Calls the registry failed to serve.',
      handlers.map(([operation, { errors }]) => [{ operation }, errors]),
    ),
    family(
      'agentnet_registry_refusals_total',
      'counter',
      'Calls refused, by code.',
      metrics.refusals().map(({ operation, code, count }) => [{ operation, code }, count]),
    ),
    family(
      'agentnet_registry_latency_ms',
      'gauge',
      'Latency over the last samples.',
      latencies.flatMap(([name, { p50, p95, p99 }]): [Labels, number][] => [
        [{ name, quantile: '0.5' }, p50],
        [{ name, quantile: '0.95' }, p95],
        [{ name, quantile: '0.99' }, p99],
      ]),
    ),
    family('agentnet_registry_history_pending', 'gauge', 'Captured messages not yet written.', [[{}, writeQueue.size]]),
    family('agentnet_registry_history_lost_total', 'counter', 'Messages that could not be kept.', [
      [{}, writeQueue.overflow_count],
    ]),
    family('agentnet_registry_history_dead_letters_total', 'counter', 'Messages set aside as unreadable.', [
      [{}, deadLetters],
    ]),
  ];
  return families.join('');
}

function family(name: string, type: 'counter' | 'gauge', help: string, samples: [Labels, number][]): string {
  const lines = samples.map(([labels, value]) => `${name}${labelText(labels)} ${value}\n`);
  return `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n${lines.join('')}`;
}

function labelText(labels: Labels): string {
  const pairs = Object.entries(labels).map(([key, value]) => `${key}="${escapeLabel(value)}"`);
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`;
}

function escapeLabel(value: string): string {
  return value.replace(/\\/g, '\\\\').replace(/"/g, '\\"').replace(/\n/g, '\\n');
}
