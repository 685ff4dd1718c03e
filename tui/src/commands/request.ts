import { Command } from 'commander';
import { withSpinner } from '../output/spinner.js';
import { safeJson } from '../text/sanitize.js';
import type { CliContext } from './cli-context.js';
import { addMessageOptions, type MessageFlags, outgoingMessage } from './message-options.js';
import { addNetworkOptions, type NetworkFlags, resolveNetworkOptions } from './network-options.js';

interface RequestFlags extends NetworkFlags, MessageFlags {}

export function requestCommand(context: CliContext): Command {
  const command = new Command('request')
    .description('Sends one request and prints the payload of its reply.')
    .addHelpText(
      'after',
      `
Examples:
  agentnet request --to-username echo '{"text":"hello"}'
  agentnet request --to-capability calculator '{"action":"add","x":19,"y":23}' --json`,
    )
    .action(async (payload: string, flags: RequestFlags) => {
      const message = outgoingMessage(payload, flags);
      const network = resolveNetworkOptions(flags, context);
      const { requestAsOperator } = await import('../session/operator.js');
      const call = { network, environment: context.environment };
      const answer = await withSpinner(context.terminal, 'Waiting for the reply', () =>
        requestAsOperator(call, message),
      );
      if (flags.json) context.terminal.printJson(answer);
      else context.terminal.print(safeJson(answer.payload, 2));
    });
  return addNetworkOptions(addMessageOptions(command));
}
