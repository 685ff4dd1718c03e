import { limits } from '@agentnet/protocol';
import { Command } from 'commander';
import { withSpinner } from '../output/spinner.js';
import type { SendWait } from '../session/operator.js';
import type { CliContext } from './cli-context.js';
import { addMessageOptions, type MessageFlags, outgoingMessage } from './message-options.js';
import { addNetworkOptions, type NetworkFlags, resolveNetworkOptions } from './network-options.js';
import { numberOption } from './option-values.js';

interface SendFlags extends NetworkFlags, MessageFlags {
  ack: boolean;
  retryAttempts?: number;
  receiptTimeout?: number;
}

export function sendCommand(context: CliContext): Command {
  const command = new Command('send')
    .description('Sends one message and waits until its receiver accepts it.')
    .option('--no-ack', 'do not wait for a receipt')
    .option(
      '--retry-attempts <n>',
      `further attempts when no receipt comes (default: ${limits.sendRetryAttempts})`,
      numberOption('--retry-attempts', { least: 0, most: 100, whole: true }),
    )
    .option(
      '--receipt-timeout <seconds>',
      `longest wait for the receipt of one attempt (default: ${limits.receiptTimeoutMs / 1000})`,
      numberOption('--receipt-timeout', { least: limits.receiptTimeoutMinMs / 1000, most: 3600 }),
    )
    .addHelpText(
      'after',
      `
Examples:
  agentnet send --to-username echo '{"text":"hello"}'
  agentnet send --to-capability calculator --thread-id ops_1 --idempotency-key order-17 '{"action":"add","x":1,"y":2}'`,
    )
    .action(async (payload: string, flags: SendFlags) => {
      const message = outgoingMessage(payload, flags);
      const network = resolveNetworkOptions(flags, context);
      const { sendAsOperator } = await import('../session/operator.js');
      const call = { network, environment: context.environment };
      const sent = await withSpinner(context.terminal, 'Waiting for the receipt', () =>
        sendAsOperator(call, message, sendWait(flags)),
      );
      if (flags.json) context.terminal.printJson(sent);
      else context.terminal.print(`${sent.status} ${sent.message_id} (${sent.ms} ms)`);
    });
  return addNetworkOptions(addMessageOptions(command));
}

function sendWait({ ack, retryAttempts, receiptTimeout }: SendFlags): SendWait {
  return {
    awaitReceipt: ack,
    ...(retryAttempts === undefined ? {} : { retryAttempts }),
    ...(receiptTimeout === undefined ? {} : { receiptTimeoutMs: Math.round(receiptTimeout * 1000) }),
  };
}
