import { ProtocolError } from '@agentnet/protocol';
import { Command } from 'commander';
import { filterFields, parseFilter } from '../filter/index.js';
import type { CliContext } from './cli-context.js';
import { addNetworkOptions, type NetworkFlags, resolveNetworkOptions } from './network-options.js';
import { numberOption } from './option-values.js';

interface WatchFlags extends NetworkFlags {
  subject?: string[];
  maxMessages?: number;
  includePayload?: boolean;
  raw?: boolean;
}

const subjectGrammar = /^[^\s.]+(\.[^\s.]+)*$/;

export function watchCommand(context: CliContext): Command {
  const command = new Command('watch')
    .description('Shows what agents say to one another, as it passes, until Ctrl-C. It only listens.')
    .argument('[filter...]', 'only what passes this filter, such as: from:@a kind:request status:rejected text:"foo"')
    .option('--subject <pattern...>', 'NATS subjects to listen to (default: messages, replies and receipts)')
    .option(
      '--max-messages <n>',
      'end after this many lines',
      numberOption('--max-messages', { least: 1, most: Number.MAX_SAFE_INTEGER, whole: true }),
    )
    .option('--include-payload', 'also show payloads')
    .option('--raw', 'show the bodies as they passed, one per line')
    .addHelpText(
      'after',
      `
Terms of a filter must all hold; commas separate alternatives; ! before a term turns it round. Fields: ${Object.keys(filterFields).join(', ')}.

Examples:
  agentnet watch
  agentnet watch 'to:@calculator !kind:receipt' --include-payload
  agentnet watch is:fault --json | jq -c '{message_id, code}'
  agentnet watch --subject 'account.*.receipts' --max-messages 10`,
    )
    .action((filter: string[], flags: WatchFlags) => watch(filter.join(' '), flags, context));
  return addNetworkOptions(command);
}

async function watch(source: string, flags: WatchFlags, context: CliContext): Promise<void> {
  const filter = parseFilter(source);
  const wrong = flags.subject?.find((subject) => !subjectGrammar.test(subject));
  if (wrong !== undefined) {
    throw new ProtocolError('invalid_option', `--subject must be a NATS subject, got ${JSON.stringify(wrong)}`);
  }
  const network = resolveNetworkOptions(flags, context);
  const { watchTraffic } = await import('../watch/watch-traffic.js');
  await watchTraffic({ filter, network, terminal: context.terminal, ...flags });
}
