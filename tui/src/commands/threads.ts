import { limits, type ThreadRow } from '@agentnet/protocol';
import { Command } from 'commander';
import { shortInstant, shortInstantWidth } from '../output/short-instant.js';
import { withSpinner } from '../output/spinner.js';
import { type Column, renderTable } from '../output/table.js';
import type { CliContext } from './cli-context.js';
import { addNetworkOptions, type NetworkFlags, resolveNetworkOptions } from './network-options.js';
import { nextPageHint } from './next-page-hint.js';
import { numberOption } from './option-values.js';

interface ThreadsFlags extends NetworkFlags {
  participantUsername?: string;
  participantAccountId?: string;
  query?: string;
  limit?: number;
  cursor?: string;
}

const columns: Column<ThreadRow>[] = [
  { title: 'THREAD', cell: ({ thread_id }) => thread_id, maxWidth: 64, isCopied: true },
  { title: 'MESSAGES', cell: ({ message_count }) => String(message_count), align: 'right' },
  { title: 'PENDING', cell: ({ pending_messages }) => String(pending_messages), align: 'right' },
  { title: 'TOKENS', cell: ({ approx_tokens }) => String(approx_tokens), align: 'right' },
  { title: 'STATUS', cell: ({ status }) => status },
  {
    title: 'LAST ACTIVITY',
    cell: ({ last_message_at, updated_at }) => last_message_at ?? updated_at,
    short: ({ last_message_at, updated_at }) => shortInstant(last_message_at ?? updated_at),
    leastWidth: shortInstantWidth,
  },
];

export function threadsCommand(context: CliContext): Command {
  const command = new Command('threads')
    .description('Lists threads, newest activity first.')
    .option('--participant-username <name>', 'only threads of this username')
    .option('--participant-account-id <id>', 'only threads of this account')
    .option('--query <text>', 'part of the thread id, any case')
    .option(
      '--limit <n>',
      `rows per page (default: ${limits.threadListLimitDefault})`,
      numberOption('--limit', { least: limits.pageLimitMin, most: limits.threadListLimitMax, whole: true }),
    )
    .option('--cursor <cursor>', 'continue where the page before ended')
    .addHelpText(
      'after',
      '\nExamples:\n  agentnet threads\n  agentnet threads --participant-username echo --limit 5 --json',
    )
    .action(async (flags: ThreadsFlags) => {
      const { natsUrl, wait } = resolveNetworkOptions(flags, context);
      const { listThreads } = await import('@agentnet/sdk');
      const reply = await withSpinner(context.terminal, 'Asking the registry', () => listThreads(natsUrl, flags, wait));
      if (flags.json) return context.terminal.printJson(reply);
      const { terminal } = context;
      terminal.print(
        reply.results.length === 0 ? 'No thread matches.' : renderTable(columns, reply.results, terminal.columns),
      );
      nextPageHint(context.terminal, reply.next_cursor);
    });
  return addNetworkOptions(command);
}
