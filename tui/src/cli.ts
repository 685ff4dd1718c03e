import { createRequire } from 'node:module';
import { ProtocolError } from '@agentnet/protocol';
import { Command, CommanderError } from 'commander';
import { chatCommand } from './commands/chat.js';
import type { CliContext } from './commands/cli-context.js';
import { completeCommand, completionCommand } from './commands/completion.js';
import { conformanceCommand } from './commands/conformance.js';
import { contextsCommand } from './commands/contexts.js';
import { doctorCommand } from './commands/doctor.js';
import { listCommand } from './commands/list.js';
import { messageSearchCommand } from './commands/message-search.js';
import { metricsCommand } from './commands/metrics.js';
import { profileCommand } from './commands/profile.js';
import { requestCommand } from './commands/request.js';
import { searchCommand } from './commands/search.js';
import { sendCommand } from './commands/send.js';
import { threadMessagesCommand } from './commands/thread-messages.js';
import { threadStatusCommand } from './commands/thread-status.js';
import { threadsCommand } from './commands/threads.js';
import { hasTerminal, openTui, tuiCommand } from './commands/tui.js';
import { upCommand } from './commands/up.js';
import { watchCommand } from './commands/watch.js';
import { type ExitCode, exitCodeHelp, exitCodes } from './output/exit-codes.js';
import { ExitWith } from './output/exit-with.js';
import { reportFailure } from './output/report-failure.js';

const { version } = createRequire(import.meta.url)('../package.json') as { version: string };

const commands = [
  upCommand,
  listCommand,
  searchCommand,
  profileCommand,
  sendCommand,
  requestCommand,
  threadsCommand,
  threadMessagesCommand,
  threadStatusCommand,
  messageSearchCommand,
  watchCommand,
  chatCommand,
  metricsCommand,
  doctorCommand,
  conformanceCommand,
  contextsCommand,
  tuiCommand,
];

/** Runs one command line. Never throws: every failure is reported and becomes an exit code. */
export async function run(args: readonly string[], context: CliContext): Promise<ExitCode> {
  try {
    const program = buildProgram(context);
    if (args.length === 0 && hasTerminal()) await openTui({}, context);
    else if (args.length === 0) program.outputHelp();
    else await program.parseAsync(args, { from: 'user' });
    return exitCodes.ok;
  } catch (cause) {
    if (cause instanceof ExitWith) return cause.exitCode;
    if (cause instanceof CommanderError && cause.exitCode === 0) return exitCodes.ok;
    return reportFailure(asOptionFailure(cause), context.terminal, wantsJson(args));
  }
}

function buildProgram(context: CliContext): Command {
  const program = mainProgram(context);
  program.addCommand(completionCommand(context));
  program.addCommand(
    completeCommand(context, () => mainProgram(context)),
    { hidden: true },
  );
  for (const command of program.commands) command.addHelpText('after', exitCodeHelp);
  for (const command of family(program)) {
    command.exitOverride().configureOutput({
      writeOut: (text) => context.terminal.print(text.trimEnd()),
      // Told by reportFailure, in its form.
      writeErr: () => undefined,
    });
  }
  return program;
}

/** Everything but completion, which needs to know everything else. */
function mainProgram(context: CliContext): Command {
  const program = new Command('agentnet')
    .description('Runs and operates a network of agents.')
    .version(version)
    .showSuggestionAfterError()
    .addHelpText('after', exitCodeHelp);
  for (const command of commands) program.addCommand(command(context));
  return program;
}

function family(command: Command): Command[] {
  return [command, ...command.commands.flatMap(family)];
}

function asOptionFailure(cause: unknown): unknown {
  if (!(cause instanceof CommanderError)) return cause;
  return new ProtocolError('invalid_option', cause.message.replace(/^error: /, '').replaceAll(/\s*\n\s*/g, ' '));
}

/** Looked up before parsing, because parsing itself can fail. */
function wantsJson(args: readonly string[]): boolean {
  const end = args.indexOf('--');
  return args.slice(0, end === -1 ? undefined : end).includes('--json');
}
