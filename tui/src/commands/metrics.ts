import { Command } from 'commander';
import { metricsText } from '../output/metrics-text.js';
import { withSpinner } from '../output/spinner.js';
import type { CliContext } from './cli-context.js';
import { addNetworkOptions, type NetworkFlags, resolveNetworkOptions } from './network-options.js';

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
      else context.terminal.print(metricsText(metrics, context.terminal.columns));
    });
  return addNetworkOptions(command);
}
