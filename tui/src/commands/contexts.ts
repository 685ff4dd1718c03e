import { ProtocolError } from '@agentnet/protocol';
import { Command, Option } from 'commander';
import { contextsText, shownContexts } from '../output/contexts-text.js';
import { type Colour, colours } from '../output/paint.js';
import {
  type Contexts,
  contextNamed,
  contextsFile,
  readContexts,
  requireContextName,
  writeContexts,
} from '../session/contexts.js';
import { resolveNatsUrl } from '../session/nats-address.js';
import type { CliContext } from './cli-context.js';

interface AddFlags {
  natsUrl: string;
  colour?: Colour;
  production?: boolean;
  use?: boolean;
  json?: boolean;
}

const help = `
A command connects to --nats-url, else --context, else NATS_URL, else the current context, else nats://127.0.0.1:4222.
Contexts may hold tokens; their file can be read by you only.

Examples:
  agentnet contexts add local --nats-url nats://127.0.0.1:4222 --use
  agentnet contexts add live --nats-url tls://<token>@nats.example.org --colour red --production
  agentnet list --context live`;

/** `agentnet contexts` and what is done to them. */
export function contextsCommand(context: CliContext): Command {
  const command = new Command('contexts')
    .description('Lists named connections; adds, uses and removes them.')
    .option('--json', 'print JSON for programs')
    .addHelpText('after', help)
    .action((flags: { json?: boolean }) => showContexts(context, readContexts(context.environment), flags.json));
  command.addCommand(listContextsCommand(context)).addCommand(addContextCommand(context));
  command.addCommand(chooseContextCommand(context)).addCommand(removeContextCommand(context));
  return command;
}

function listContextsCommand(context: CliContext): Command {
  return new Command('list')
    .description('Lists them; the current one has a star.')
    .option('--json', 'print JSON for programs')
    .action((_flags: unknown, command: Command) =>
      showContexts(context, readContexts(context.environment), command.optsWithGlobals()['json']),
    );
}

function addContextCommand(context: CliContext): Command {
  return new Command('add')
    .description('Adds one, or replaces the one of that name.')
    .argument('<name>', 'its name')
    .requiredOption('--nats-url <url>', 'NATS server; the token is written nats://<token>@host:port')
    .addOption(
      new Option('--colour <name>', 'how it is shown (default: red for production, else green)').choices(colours),
    )
    .option('--production', 'show a banner with every command')
    .option('--use', 'make it the current one')
    .option('--json', 'print JSON for programs')
    .action((name: string, flags: AddFlags, command: Command) => {
      const { natsUrl, production = false, colour = production ? 'red' : 'green', use } = flags;
      requireContextName(name);
      // Only checked: the token of the environment is not for the file.
      resolveNatsUrl(natsUrl, {});
      const before = readContexts(context.environment);
      const added = { nats_url: natsUrl, colour, production };
      store(
        context,
        {
          current: use ? name : before.current,
          contexts: { ...before.contexts, [name]: added },
        },
        command.optsWithGlobals()['json'],
      );
    });
}

function chooseContextCommand(context: CliContext): Command {
  return new Command('use')
    .description('Makes one the current one; without a name none is.')
    .argument('[name]', 'its name')
    .option('--json', 'print JSON for programs')
    .action((name: string | undefined, _flags: unknown, command: Command) => {
      const before = readContexts(context.environment);
      if (name !== undefined) contextNamed(name, before);
      store(context, { ...before, current: name ?? null }, command.optsWithGlobals()['json']);
    });
}

function removeContextCommand(context: CliContext): Command {
  return new Command('remove')
    .description('Forgets one.')
    .argument('<name>', 'its name')
    .option('--json', 'print JSON for programs')
    .action((name: string, _flags: unknown, command: Command) => {
      const before = readContexts(context.environment);
      contextNamed(name, before);
      const { [name]: _removed, ...contexts } = before.contexts;
      const current = before.current === name ? null : before.current;
      store(context, { current, contexts }, command.optsWithGlobals()['json']);
    });
}

function store(context: CliContext, contexts: Contexts, json: boolean | undefined): void {
  try {
    writeContexts(contexts, context.environment);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new ProtocolError('invalid_option', `${contextsFile(context.environment)} cannot be written: ${why}`, {
      cause,
    });
  }
  showContexts(context, contexts, json);
}

function showContexts({ terminal }: CliContext, contexts: Contexts, json: boolean | undefined): void {
  const rows = shownContexts(contexts);
  if (json) terminal.printJson({ current: contexts.current, contexts: rows });
  else terminal.print(contextsText(rows, terminal.columns));
}
