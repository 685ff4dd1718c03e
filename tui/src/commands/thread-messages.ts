import { limits } from '@agentnet/protocol';
import { Command } from 'commander';
import { withSpinner } from '../output/spinner.js';
import type { CliContext } from './cli-context.js';
import { addNetworkOptions, type NetworkFlags, resolveNetworkOptions } from './network-options.js';
import { nextPageHint } from './next-page-hint.js';
import { numberOption } from './option-values.js';
import { printMessages } from './print-messages.js';

interface ThreadMessagesFlags extends NetworkFlags {
  threadId: string;
  limit?: number;
  cursor?: string;
}

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
      const reply = await withSpinner(context.terminal, 'Asking the registry', () =>
        getThreadMessages(natsUrl, threadId, {
          ...wait,
          ...(limit === undefined ? {} : { limit }),
          ...(cursor === undefined ? {} : { cursor }),
        }),
      );
      if (flags.json) return context.terminal.printJson(reply);
      const rows = reply.messages.toReversed();
      if (rows.length === 0) context.terminal.print('No messages on record.');
      else await printMessages(context.terminal, { natsUrl, wait }, rows);
      nextPageHint(context.terminal, reply.next_cursor);
    });
  return addNetworkOptions(command);
}
