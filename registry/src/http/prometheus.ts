import type { WriteQueueMetrics } from '@agentnet/protocol';
import type { HistoryState } from '../history/index.js';
import type { RegistryMetrics } from '../metrics/registry-metrics.js';

export interface PrometheusSources {
  readonly serverId: string;
  readonly metrics: RegistryMetrics;
  readonly writeQueue: WriteQueueMetrics;
  readonly history: HistoryState;
}

type Labels = Readonly<Record<string, string>>;

/** The counters of `registry.metrics` in the Prometheus text format. */
export function prometheusText({ serverId, metrics, writeQueue, history }: PrometheusSources): string {
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
    ...historyFamilies(writeQueue, history),
  ];
  return families.join('');
}

/** Those that speak of all registries are the same on each: take the maximum, not the sum. */
function historyFamilies(writeQueue: WriteQueueMetrics, { levels, ...own }: HistoryState): string[] {
  const one = (name: string, type: 'counter' | 'gauge', help: string, value: number) =>
    family(`agentnet_registry_history_${name}`, type, help, [[{}, value]]);
  return [
    one('pending', 'gauge', 'Captured messages not yet written.', writeQueue.size),
    one('written_total', 'counter', 'Messages this process put on record.', own.written),
    one(
      'lost_total',
      'counter',
      'Messages the stream or the memory dropped at its limit; every registry counts them.',
      own.dropped,
    ),
    one('restarts_total', 'counter', 'Times the writer had to start again.', own.restarts),
    one('backlog', 'gauge', 'Captured messages not on record, of all registries.', levels.backlog),
    one('oldest_seconds', 'gauge', 'Age of the oldest of them.', levels.oldestMs / 1000),
    one('fill_ratio', 'gauge', 'Part of the nearest stream limit in use.', levels.fill),
    one('dead_letters', 'gauge', 'Messages set aside as unreadable, of all registries.', levels.deadLetters),
    one('dead_letters_total', 'counter', 'Messages this process set aside as unreadable.', own.dead),
    one('dead_letters_refused_total', 'counter', 'Dead letters there was no room for.', own.deadRefused),
    one('receipts_backlog', 'gauge', 'Captured receipts not on record, of all registries.', levels.receipts),
    one('receipts_total', 'counter', 'Receipts this process put on record.', own.receipts.written),
    one('receipts_odd_total', 'counter', 'Receipts that say nothing that can count.', own.receipts.odd),
    one('receipts_lost_total', 'counter', 'Receipts the stream dropped at its limit.', own.receipts.dropped),
  ];
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
