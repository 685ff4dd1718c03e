import { limits } from '@agentnet/protocol';
import { Command } from 'commander';
import { exitCodes } from '../output/exit-codes.js';
import { ExitWith } from '../output/exit-with.js';
import type { CliContext } from './cli-context.js';
import { addTargetOptions, type TargetFlags, targetOf } from './message-options.js';
import { addNetworkOptions, type NetworkFlags, resolveNetworkOptions } from './network-options.js';
import { numberOption } from './option-values.js';

interface ChatFlags extends NetworkFlags, TargetFlags {
  threadId?: string;
  ttlMs?: number;
}

export function chatCommand(context: CliContext): Command {
  const command = addTargetOptions(
    new Command('chat').description('Talks with an agent, line by line; answers are printed as they are made.'),
  )
    .option('--thread-id <id>', 'thread to talk in (default: a new one)')
    .option(
      '--ttl-ms <ms>',
      `life of each message (default: ${limits.ttlMsDefault})`,
      numberOption('--ttl-ms', { least: limits.ttlMsMin, most: Number.MAX_SAFE_INTEGER, whole: true }),
    )
    .addHelpText(
      'after',
      `
Each line of the input is one message, at a terminal or from a pipe. Lines with a slash are commands: /thread <id>, /showthread, /help, /quit.
--timeout is the longest silence within an answer (default: ${limits.streamIdleTimeoutMs / 1000}).

Examples:
  agentnet chat --to-username echo --thread-id ops_1
  printf 'hello\\nworld\\n' | agentnet chat --to-username echo`,
    )
    .action(async (flags: ChatFlags) => {
      const { kind, name } = targetOf(flags);
      const { threadId, ttlMs, json = false } = flags;
      const network = resolveNetworkOptions(flags, context);
      const { runChat } = await import('../chat/run-chat.js');
      const exitCode = await runChat({
        ...context,
        network,
        input: process.stdin,
        to: kind === 'username' ? `@${name.trim().replace(/^@+/, '')}` : `${kind}:${name}`,
        json,
        ...(threadId === undefined ? {} : { threadId }),
        ...(ttlMs === undefined ? {} : { ttlMs }),
      });
      if (exitCode !== exitCodes.ok) throw new ExitWith(exitCode);
    });
  return addNetworkOptions(command);
}
