import { ProtocolError, type ThreadStatusReply } from '@agentnet/protocol';
import { Command } from 'commander';
import { AdvisedError } from '../output/advised-error.js';
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
        getThreadStatus(natsUrl, threadId, wait).catch((cause: unknown) => {
          throw adviceFor(cause, threadId);
        }),
      );
      if (flags.json) context.terminal.printJson(reply);
      else context.terminal.print(statusText(reply));
    });
  return addNetworkOptions(command);
}

function adviceFor(cause: unknown, threadId: string): unknown {
  if (!(cause instanceof ProtocolError) || cause.code !== 'not_found') return cause;
  return new AdvisedError('not_found', `no thread ${threadId} is on record`, 'See them with `agentnet threads`.', {
    cause,
  });
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
