import { Command, Option } from 'commander';
import { exitCodes } from '../output/exit-codes.js';
import { ExitWith } from '../output/exit-with.js';
import { failureOf } from '../output/report-failure.js';
import { type Announce, announceJson, announceText } from '../up/events.js';
import type { Network } from '../up/run-network.js';
import { resolveUpOptions, type UpFlags, type UpOptions } from '../up/up-options.js';
import type { CliContext } from './cli-context.js';
import { numberOption } from './option-values.js';

const help = `
Starts a NATS server with JetStream and a registry, and keeps them until Ctrl-C. Everything is stored in the data folder.

Examples:
  agentnet up
  agentnet up --demo                          also shows two agents at work, then what to type next
  agentnet up --port 0 --json                 free port; the line {"event":"ready",...} says where agents join
  agentnet up --host 0.0.0.0 --token s3cret   open to other machines
  agentnet up --database-url postgres://user@localhost/agentnet`;

export function upCommand(context: CliContext): Command {
  return new Command('up')
    .description('Runs a network on this machine.')
    .option('--host <address>', 'address to listen on', '127.0.0.1')
    .option(
      '--port <n>',
      'port to listen on, 0 for any free one',
      numberOption('--port', { least: 0, most: 65_535, whole: true }),
      4222,
    )
    .option('--data-dir <folder>', 'where everything is stored', '.agentnet')
    .option(
      '--token <token>',
      'what agents must present (default: AGENTNET_TOKEN, else a public token, on a loopback address only)',
    )
    .option('--allow-public-token', 'let everybody who reaches an open --host in, with the token everybody knows')
    .option('--database-url <url>', 'PostgreSQL server to use instead of the built-in database')
    .addOption(
      new Option('--nats-url <url>', 'running NATS server to use instead of starting one').conflicts([
        'host',
        'port',
        'token',
      ]),
    )
    .option('--demo', 'start two agents and show them at work')
    .option('--once', 'with --demo: end after the demo, with exit code 0 if every step succeeded, else 1')
    .option('--json', 'print one JSON event per line')
    .addHelpText('after', help)
    .action(async (flags: UpFlags) => {
      const announce = (flags.json ? announceJson : announceText)(context.terminal);
      try {
        await up(resolveUpOptions(flags, context.environment), announce, context);
      } catch (cause) {
        if (!(cause instanceof ExitWith)) announce({ event: 'error', error: failureOf(cause) });
        throw cause;
      }
    });
}

async function up(options: UpOptions, announce: Announce, context: CliContext): Promise<void> {
  const { runNetwork } = await import('../up/run-network.js');
  const work = options.demo ? demonstrate : idle;
  const succeeded = await runNetwork(options, { ...context, announce }, (network) => work(network, options, announce));
  announce({ event: 'stopped', reason: options.once ? 'the demo is over' : 'as asked' });
  if (options.once && !succeeded) throw new ExitWith(exitCodes.usage);
}

async function demonstrate(network: Network, { once }: UpOptions, announce: Announce): Promise<boolean> {
  const { nextCommands, setStage, tellStory } = await import('../demo/index.js');
  const { scene, clear } = await setStage(network);
  try {
    const succeeded = await tellStory(scene, announce);
    if (once) return succeeded;
    // The guide takes no messages, so nobody should find it any more.
    await scene.cast.guide.close();
    announce({ event: 'next', commands: nextCommands(network.natsUrl, scene.threadId) });
    return await idle(network);
  } finally {
    await clear();
  }
}

async function idle({ signal }: Network): Promise<boolean> {
  await aborted(signal);
  return true;
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
