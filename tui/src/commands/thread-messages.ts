import { limits, type MessageRow } from '@agentnet/protocol';
import { Command } from 'commander';
import { type Column, renderTable } from '../output/table.js';
import { safeJson } from '../text/sanitize.js';
import type { CliContext } from './cli-context.js';
import { addNetworkOptions, type NetworkFlags, resolveNetworkOptions } from './network-options.js';
import { nextPageHint } from './next-page-hint.js';
import { numberOption } from './option-values.js';

interface ThreadMessagesFlags extends NetworkFlags {
  threadId: string;
  limit?: number;
  cursor?: string;
}

const columns: Column<MessageRow>[] = [
  { title: 'SENT', cell: ({ sent_at }) => sent_at },
  { title: 'KIND', cell: ({ kind }) => kind },
  { title: 'FROM', cell: ({ from_account_id }) => from_account_id ?? '' },
  { title: 'TO', cell: ({ to_agent }) => to_agent },
  { title: 'PAYLOAD', cell: ({ payload }) => safeJson(payload), maxWidth: 100 },
  { title: 'MESSAGE', cell: ({ message_id }) => message_id },
];

export function threadMessagesCommand(context: CliContext): Command {
  const command = new Command('thread-messages')
    .description(
      'Shows the messages of one thread. The table is oldest first; JSON is the registry reply, newest first.',
    )
    .requiredOption('--thread-id <id>', 'the thread; `agentnet threads` lists them')
    .option(
      '--limit <n>',
      `messages per page, the newest first (default: ${limits.messagesLimitDefault})`,
      numberOption('--limit', { least: limits.pageLimitMin, most: limits.messagesLimitMax, whole: true }),
    )
    .option('--cursor <cursor>', 'continue where the page before ended')
    .addHelpText(
      'after',
      '\nExamples:\n  agentnet thread-messages --thread-id ops_1\n  agentnet thread-messages --thread-id ops_1 --limit 10 --json',
    )
    .action(async ({ threadId, limit, cursor, ...flags }: ThreadMessagesFlags) => {
      const { natsUrl, wait } = resolveNetworkOptions(flags, context);
      const { getThreadMessages } = await import('@agentnet/sdk');
      const reply = await getThreadMessages(natsUrl, threadId, {
        ...wait,
        ...(limit === undefined ? {} : { limit }),
        ...(cursor === undefined ? {} : { cursor }),
      });
      if (flags.json) return context.terminal.printJson(reply);
      const rows = reply.messages.toReversed();
      context.terminal.print(rows.length === 0 ? 'No messages on record.' : renderTable(columns, rows));
      nextPageHint(context.terminal, reply.next_cursor);
    });
  return addNetworkOptions(command);
}
