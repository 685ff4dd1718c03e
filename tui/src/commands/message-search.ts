import { limits } from '@agentnet/protocol';
import type { MessageQuery } from '@agentnet/sdk';
import { Command } from 'commander';
import { filterFields, parseFilter } from '../filter/index.js';
import { withSpinner } from '../output/spinner.js';
import type { CliContext } from './cli-context.js';
import { addNetworkOptions, type NetworkFlags, resolveNetworkOptions } from './network-options.js';
import { nextPageHint } from './next-page-hint.js';
import { numberOption } from './option-values.js';
import { printMessages } from './print-messages.js';

interface MessageSearchFlags extends NetworkFlags, MessageQuery {
  limit: number;
}

export function messageSearchCommand(context: CliContext): Command {
  const command = new Command('message-search')
    .description('Looks for recorded messages, newest first.')
    .argument('[filter...]', 'what they must be like, such as: from:@a to:@b kind:request text:"foo" since:5m')
    .option('--thread-id <id>', 'only of this thread')
    .option('--from-account-id <id>', 'only from this account')
    .option('--to-account-id <id>', 'only to this account')
    .option('--kind <kind>', 'only of this kind')
    .option('--from-ts <instant>', 'only sent at or after this ISO 8601 instant')
    .option('--to-ts <instant>', 'only sent at or before this ISO 8601 instant')
    .option('--text <words>', 'only with all these words in the payload, in any order')
    .option('--participant-account-id <id>', 'only from or to this account')
    .option('--status <status>', 'only received, accepted, processed or rejected')
    .option('--trace-id <id>', 'only of this piece of work')
    .option('--received-from-ts <instant>', "only received at or after this ISO 8601 instant by the network's clock")
    .option('--received-to-ts <instant>', "only received at or before this ISO 8601 instant by the network's clock")
    .option(
      '--limit <n>',
      'messages per page',
      numberOption('--limit', { least: limits.pageLimitMin, most: limits.messagesLimitMax, whole: true }),
      limits.messagesLimitDefault,
    )
    .option('--cursor <cursor>', 'continue where the page before ended')
    .addHelpText(
      'after',
      `
Terms of a filter must all hold; commas separate alternatives; ! before a term turns it round. Fields: ${Object.keys(filterFields).join(', ')}.

Examples:
  agentnet message-search from:@alice since:1h
  agentnet message-search --thread-id ops_1 --kind request --limit 50
  agentnet message-search 'kind:error !code:busy' --json | jq .messages[].payload`,
    )
    .action(async (filter: string[], flags: MessageSearchFlags) => {
      const search = { filter: parseFilter(filter.join(' ')), query: flags, limit: flags.limit };
      const network = resolveNetworkOptions(flags, context);
      const { searchHistory } = await import('../session/search-history.js');
      const reply = await withSpinner(context.terminal, 'Searching', () => searchHistory(network, search));
      if (flags.json) return context.terminal.printJson(reply);
      if (reply.messages.length === 0) context.terminal.print('No message matches.');
      else await printMessages(context.terminal, network, reply.messages);
      nextPageHint(context.terminal, reply.next_cursor);
    });
  return addNetworkOptions(command);
}
