import type { MetricsReply } from '@agentnet/protocol';
import { databaseText } from './database-text.js';
import { renderFacts } from './facts.js';
import { type Column, renderTable } from './table.js';

interface Row {
  name: string;
  calls: string;
  errors: string;
  p50: string;
  p95: string;
  p99: string;
}

const rowColumns: Column<Row>[] = [
  { title: 'NAME', cell: ({ name }) => name },
  ...(['calls', 'errors', 'p50', 'p95', 'p99'] as const).map(
    (name): Column<Row> => ({
      title: name.startsWith('p') ? `${name.toUpperCase()} MS` : name.toUpperCase(),
      cell: (row) => row[name],
      align: 'right',
    }),
  ),
];

/** The counters for people. */
export function metricsText(metrics: MetricsReply, columns?: number): string {
  const { enabled, size, overflow_count } = metrics.db_write_queue;
  const facts = renderFacts({
    registry: metrics.server_id,
    at: metrics.generated_at,
    database: databaseText(metrics),
    history: enabled ? `${size} waiting, ${overflow_count} lost` : 'not written',
  });
  const rows = rowsOf(metrics);
  return rows.length === 0 ? facts : `${facts}\n\n${renderTable(rowColumns, rows, columns)}`;
}

/** Handlers with their calls first, then whatever else has latencies. */
function rowsOf({ handlers, latency_ms }: MetricsReply): Row[] {
  const latencyOf = (name: string) => {
    const { p50, p95, p99 } = latency_ms[name] ?? {};
    return { p50: String(p50 ?? ''), p95: String(p95 ?? ''), p99: String(p99 ?? '') };
  };
  const called = Object.entries(handlers).map(([name, { calls, errors }]) => ({
    name,
    calls: String(calls),
    errors: String(errors),
    ...latencyOf(`handler.${name}`),
  }));
  const others = Object.entries(latency_ms)
    .filter(([name]) => !name.startsWith('handler.'))
    .map(([name, { count }]) => ({ name, calls: String(count), errors: '', ...latencyOf(name) }));
  return [...called, ...others];
}
