import type { ThreadStatusReply } from '@agentnet/protocol';
import { Command } from 'commander';
import { renderFacts } from '../output/facts.js';
import { withSpinner } from '../output/spinner.js';
import type { CliContext } from './cli-context.js';
import { addNetworkOptions, type NetworkFlags, resolveNetworkOptions } from './network-options.js';

interface ThreadStatusFlags extends NetworkFlags {
  threadId: string;
}

export function threadStatusCommand(context: CliContext): Command {
  const command = new Command('thread-status')
    .description('Shows the size and state of one thread.')
    .requiredOption('--thread-id <id>', 'the thread; `agentnet threads` lists them')
    .addHelpText('after', '\nExample:\n  agentnet thread-status --thread-id ops_1')
    .action(async ({ threadId, ...flags }: ThreadStatusFlags) => {
      const { natsUrl, wait } = resolveNetworkOptions(flags, context);
      const { getThreadStatus } = await import('@agentnet/sdk');
      const reply = await withSpinner(context.terminal, 'Asking the registry', () =>
        getThreadStatus(natsUrl, threadId, wait),
      );
      if (flags.json) context.terminal.printJson(reply);
      else context.terminal.print(statusText(reply));
    });
  return addNetworkOptions(command);
}

function statusText(reply: ThreadStatusReply): string {
  return renderFacts({
    thread: reply.thread_id,
    status: reply.status,
    messages: `${reply.message_count} (${reply.pending_messages} after the last checkpoint)`,
    size: `${reply.byte_count} bytes, about ${reply.approx_tokens} tokens`,
    participants: reply.participants.join(', '),
    'last activity': reply.last_message_at ?? reply.updated_at,
  });
}
