import type { MetricsReply } from '@agentnet/protocol';
import { Command } from 'commander';
import { databaseText } from '../output/database-text.js';
import { renderFacts } from '../output/facts.js';
import { withSpinner } from '../output/spinner.js';
import { type Column, renderTable } from '../output/table.js';
import type { CliContext } from './cli-context.js';
import { addNetworkOptions, type NetworkFlags, resolveNetworkOptions } from './network-options.js';

interface Row {
  name: string;
  calls: string;
  errors: string;
  p50: string;
  p95: string;
  p99: string;
}

const columns: Column<Row>[] = [
  { title: 'NAME', cell: ({ name }) => name },
  ...(['calls', 'errors', 'p50', 'p95', 'p99'] as const).map(
    (name): Column<Row> => ({
      title: name.startsWith('p') ? `${name.toUpperCase()} MS` : name.toUpperCase(),
      cell: (row) => row[name],
      align: 'right',
    }),
  ),
];

export function metricsCommand(context: CliContext): Command {
  const command = new Command('metrics')
    .description('Shows the counters of the registry process that answers.')
    .addHelpText('after', '\nExamples:\n  agentnet metrics\n  agentnet metrics --json | jq .handlers')
    .action(async (flags: NetworkFlags) => {
      const { natsUrl, wait } = resolveNetworkOptions(flags, context);
      const { getRegistryMetrics } = await import('@agentnet/sdk');
      const metrics = await withSpinner(context.terminal, 'Asking the registry', () =>
        getRegistryMetrics(natsUrl, wait),
      );
      if (flags.json) context.terminal.printJson(metrics);
      else context.terminal.print(metricsText(metrics));
    });
  return addNetworkOptions(command);
}

function metricsText(metrics: MetricsReply): string {
  const { enabled, size, overflow_count } = metrics.db_write_queue;
  const facts = renderFacts({
    registry: metrics.server_id,
    at: metrics.generated_at,
    database: databaseText(metrics),
    history: enabled ? `${size} waiting, ${overflow_count} lost` : 'not written',
  });
  const rows = rowsOf(metrics);
  return rows.length === 0 ? facts : `${facts}\n\n${renderTable(columns, rows)}`;
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
