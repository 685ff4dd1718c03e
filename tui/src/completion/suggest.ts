import { is } from '@agentnet/protocol';
import { listOnlineAgents } from '@agentnet/sdk';
import tab from '@bomb.sh/tab/commander';
import type { Command } from 'commander';
import type { CliContext } from '../commands/cli-context.js';
import { filterFields } from '../filter/index.js';
import { chooseAddress, type TypedAddress } from '../session/choose-address.js';
import { readContexts } from '../session/contexts.js';
import { shells } from './shells.js';

/** What options take as their value, by name. */
const valuesOf: Readonly<Record<string, (typed: Typed) => string[] | Promise<string[]>>> = {
  context: ({ context }) => Object.keys(readContexts(context.environment).contexts),
  'to-username': onlineUsernames,
  username: onlineUsernames,
  'participant-username': onlineUsernames,
  'to-capability': onlineCapabilities,
  capability: onlineCapabilities,
};

/** What there is so far, and who asks. */
interface Typed {
  words: readonly string[];
  context: CliContext;
}

/** Somebody waits with a finger on the key. */
const patienceMs = 1000;

/**
 * Prints suggestions for the last of the words typed so far, in the form the shells' scripts read.
 *
 * @param program - The whole command line, without `completion` and `complete`.
 */
export async function suggest(program: Command, words: readonly string[], context: CliContext): Promise<void> {
  const root = tab(program, { completionCommandName: 'completion' });
  const option = /^--([a-z-]+)$/.exec(words.at(-2) ?? '')?.[1];
  const values = option === undefined ? undefined : await namedValues(option, { words, context });
  if (option !== undefined && values) {
    for (const command of [root, ...root.commands.values()]) {
      const known = command.options.get(option);
      if (!known) continue;
      known.handler = (complete) => {
        for (const value of values) complete(value, '');
      };
    }
  }
  // The library knows a shell more.
  root.commands.get('completion')?.argument('shell', (complete) => {
    for (const shell of shells) complete(shell, '');
  });
  for (const name of ['watch', 'message-search']) {
    root.commands.get(name)?.argument(
      'filter',
      (complete) => {
        for (const [field, { text }] of Object.entries(filterFields)) complete(`${field}:`, text);
      },
      true,
    );
  }
  root.parse([...words]);
}

async function namedValues(option: string, typed: Typed): Promise<string[] | undefined> {
  try {
    return Object.hasOwn(valuesOf, option) ? await valuesOf[option]?.(typed) : undefined;
  } catch {
    // Without a network there is nothing to suggest, and no place to say why.
    return [];
  }
}

async function onlineUsernames(typed: Typed): Promise<string[]> {
  const agents = await online(typed);
  return agents.flatMap(({ username }) => (username !== undefined && is('Username', username) ? [username] : []));
}

/** Only names of the protocol's grammar: a shell reads them. */
async function onlineCapabilities(typed: Typed): Promise<string[]> {
  const agents = await online(typed);
  return [...new Set(agents.flatMap(({ capabilities }) => capabilities.filter((name) => is('CapabilityName', name))))];
}

function online({ words, context: { environment, signal } }: Typed): ReturnType<typeof listOnlineAgents> {
  const address = chooseAddress(addressIn(words), environment);
  return listOnlineAgents(address.natsUrl, { timeoutMs: patienceMs, signal });
}

/** The network named on the unfinished line. */
function addressIn(words: readonly string[]): TypedAddress {
  const valueBehind = (option: string) => {
    const at = words.indexOf(`--${option}`);
    return at === -1 ? undefined : words[at + 1];
  };
  const [natsUrl, context] = [valueBehind('nats-url'), valueBehind('context')];
  return { ...(natsUrl === undefined ? {} : { natsUrl }), ...(context === undefined ? {} : { context }) };
}
