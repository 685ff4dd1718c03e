import { ProtocolError } from '@agentnet/protocol';
import { Command } from 'commander';
import { exitCodes } from '../output/exit-codes.js';
import { ExitWith } from '../output/exit-with.js';
import { chooseAddress } from '../session/choose-address.js';
import type { CliContext } from './cli-context.js';

interface TuiFlags {
  natsUrl?: string;
  context?: string;
  observe?: boolean;
}

export function tuiCommand(context: CliContext): Command {
  return new Command('tui')
    .description('The full screen: live traffic, chat, threads and agents. The same as `agentnet` without arguments.')
    .option('--nats-url <url>', 'NATS server (default: NATS_URL, else the current context, else nats://127.0.0.1:4222)')
    .option('--context <name>', 'a named connection; `agentnet contexts` lists them')
    .option('--observe', 'only look: nothing is sent, and the operator does not join')
    .addHelpText('after', '\nExamples:\n  agentnet\n  agentnet tui --observe --context production')
    .action((flags: TuiFlags) => openTui(flags, context));
}

/** Whether there is somebody at a terminal. */
export function hasTerminal(): boolean {
  return process.stdin.isTTY === true && process.stdout.isTTY === true;
}

/** Shows the full screen. @throws {ProtocolError} `invalid_option` without a terminal */
export async function openTui(flags: TuiFlags, { environment, signal }: CliContext): Promise<void> {
  if (!hasTerminal()) {
    throw new ProtocolError(
      'invalid_option',
      'the full screen needs a terminal; in scripts use agentnet watch, chat, threads or list',
    );
  }
  const address = chooseAddress(flags, environment);
  const { prepareEnvironment } = await import('../full-screen/prepare-environment.js');
  prepareEnvironment(process.env);
  const { runFullScreen } = await import('../full-screen/run-full-screen.js');
  const { stdin, stdout } = process;
  const network = { ...address, wait: { signal } };
  await runFullScreen({ network, environment, stdin, stdout, isObserver: flags.observe ?? false });
  // The old screen is back; there is nothing to say.
  if (signal.aborted) throw new ExitWith(exitCodes.interrupted);
}
