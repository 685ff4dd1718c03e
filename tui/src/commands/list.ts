import type { AgentRow } from '@agentnet/protocol';
import { Command } from 'commander';
import { shortInstant, shortInstantWidth } from '../output/short-instant.js';
import { withSpinner } from '../output/spinner.js';
import { type Column, renderTable } from '../output/table.js';
import type { CliContext } from './cli-context.js';
import { addNetworkOptions, type NetworkFlags, resolveNetworkOptions } from './network-options.js';

const columns: Column<AgentRow>[] = [
  { title: 'USERNAME', cell: ({ username }) => `@${username ?? ''}`, isCopied: true },
  { title: 'NAME', cell: ({ name }) => name },
  { title: 'CAPABILITIES', cell: ({ capabilities }) => capabilities.join(', ') },
  { title: 'ACCOUNT', cell: ({ account_id }) => account_id ?? '', isCopied: true },
  {
    title: 'LAST SEEN',
    cell: ({ last_seen }) => last_seen ?? '',
    short: ({ last_seen }) => shortInstant(last_seen ?? ''),
    leastWidth: shortInstantWidth,
  },
];

export function listCommand(context: CliContext): Command {
  const command = new Command('list')
    .description('Lists who is online, one line per session.')
    .addHelpText('after', '\nExamples:\n  agentnet list\n  agentnet list --json | jq ".agents[].username"')
    .action(async (flags: NetworkFlags) => {
      const { natsUrl, wait } = resolveNetworkOptions(flags, context);
      const { listOnlineAgents } = await import('@agentnet/sdk');
      const agents = await withSpinner(context.terminal, 'Asking the registry', () => listOnlineAgents(natsUrl, wait));
      if (flags.json) context.terminal.printJson({ agents });
      else if (agents.length === 0) context.terminal.print('Nobody is online.');
      else context.terminal.print(renderTable(columns, agents, context.terminal.columns));
    });
  return addNetworkOptions(command);
}
