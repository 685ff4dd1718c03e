import { limits, type SearchResult } from '@agentnet/protocol';
import { Command } from 'commander';
import { withSpinner } from '../output/spinner.js';
import { type Column, renderTable } from '../output/table.js';
import type { CliContext } from './cli-context.js';
import { addNetworkOptions, type NetworkFlags, resolveNetworkOptions } from './network-options.js';
import { nextPageHint } from './next-page-hint.js';
import { numberOption } from './option-values.js';

interface SearchFlags extends NetworkFlags {
  query?: string;
  capability?: string;
  onlineOnly?: boolean;
  limit?: number;
  cursor?: string;
}

const columns: Column<SearchResult>[] = [
  { title: 'USERNAME', cell: ({ username }) => `@${username}`, isCopied: true },
  { title: 'NAME', cell: ({ display_name }) => display_name },
  { title: 'ONLINE', cell: ({ online_sessions }) => String(online_sessions), align: 'right' },
  { title: 'CAPABILITIES', cell: ({ capabilities }) => capabilities.join(', ') },
  { title: 'ACCOUNT', cell: ({ account_id }) => account_id, isCopied: true },
];

export function searchCommand(context: CliContext): Command {
  const command = new Command('search')
    .description('Looks for accounts, online or not.')
    .option('--query <text>', 'part of the username or display name, any case')
    .option('--capability <name>', 'only accounts that offer exactly this')
    .option('--online-only', 'only accounts with an online session')
    .option(
      '--limit <n>',
      `rows per page (default: ${limits.searchLimitDefault})`,
      numberOption('--limit', { least: limits.pageLimitMin, most: limits.searchLimitMax, whole: true }),
    )
    .option('--cursor <cursor>', 'continue where the page before ended')
    .addHelpText(
      'after',
      '\nExamples:\n  agentnet search --query weather --online-only\n  agentnet search --capability calculator --json',
    )
    .action(async (flags: SearchFlags) => {
      const { natsUrl, wait } = resolveNetworkOptions(flags, context);
      const { searchAgents } = await import('@agentnet/sdk');
      const reply = await withSpinner(context.terminal, 'Asking the registry', () =>
        searchAgents(natsUrl, flags, wait),
      );
      if (flags.json) return context.terminal.printJson(reply);
      const { terminal } = context;
      terminal.print(
        reply.results.length === 0 ? 'No account matches.' : renderTable(columns, reply.results, terminal.columns),
      );
      nextPageHint(context.terminal, reply.next_cursor);
    });
  return addNetworkOptions(command);
}
