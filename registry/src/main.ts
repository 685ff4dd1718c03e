#!/usr/bin/env node
import { AgentNetError, redactUrl } from '@agentnet/sdk/transport';
import { destination } from 'pino';
import { deprecatedSettings, resolveConfig } from './config.js';
import { parseDeadLetterCommand, runDeadLetterCommand } from './history/dead-letter-command.js';
import { makeLogger } from './log.js';
import { type RegistryOptions, resolveOptions } from './options.js';
import { rebindKey, rebindUsage } from './rebind-key.js';
import { secretsOf } from './secrets.js';
import { startRegistry } from './service.js';
import { openDatabase } from './store/database.js';

const STDOUT = 1;
const EXIT_FAILED = 1;
const EXIT_BAD_CONFIGURATION = 2;

async function main(): Promise<void> {
  const options = readOptions();
  const to = destination({ dest: STDOUT, sync: true });
  const log = makeLogger({ level: options.logLevel ?? 'info', secrets: secretsOf(options), to });
  for (const name of deprecatedSettings(process.env)) {
    log.warn({ event: 'setting_ignored', name }, `${name} has no effect any more; remove it`);
  }
  const registry = await startRegistry({ ...options, log });
  const ready = {
    event: 'ready',
    server_id: registry.serverId,
    nats_url: redactUrl(options.natsUrl),
    pid: process.pid,
  };
  // Whoever started the process waits for this line, whatever LOG_LEVEL is.
  log
    .child({}, { level: 'info' })
    .info(registry.httpPort === undefined ? ready : { ...ready, http_port: registry.httpPort });
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.once(signal, () => {
      log.info({ event: 'stopping', signal });
      registry.stop().catch(exitWith);
    });
  }
  await registry.stopped;
  log.info({ event: 'stopped' });
}

/** `rebind-key` and `dead-letters list|retry|discard`, on the database the environment names. */
async function runCommand(name: string, words: readonly string[]): Promise<void> {
  if (name === 'rebind-key') return rebindKey(readOptions().database, words);
  const command = name === 'dead-letters' ? parseDeadLetterCommand(words) : undefined;
  if (!command) {
    console.error(
      `[invalid_option] there is no command ${JSON.stringify([name, ...words].join(' '))}. ${rebindUsage}, ` +
        'or: agentnet-registry dead-letters list|retry [id ...], dead-letters discard all|<id ...>',
    );
    process.exit(EXIT_BAD_CONFIGURATION);
  }
  const config = resolveOptions(readOptions());
  const database = await openDatabase(config.database);
  try {
    const deps = { database, config, now: Date.now };
    await runDeadLetterCommand(deps, command, (line) => console.log(JSON.stringify(line)));
  } finally {
    await database.close();
  }
}

function readOptions(): RegistryOptions {
  try {
    return resolveConfig(process.env);
  } catch (cause) {
    if (!(cause instanceof AgentNetError)) throw cause;
    console.error(cause.message);
    process.exit(EXIT_BAD_CONFIGURATION);
  }
}

/** One line for what the protocol knows, the whole stack for what it does not. */
function exitWith(cause: unknown): never {
  console.error(cause instanceof AgentNetError ? cause.message : cause);
  process.exit(EXIT_FAILED);
}

const [command, ...words] = process.argv.slice(2);
const work = command === undefined ? main() : runCommand(command, words);
work.then(() => process.exit(0), exitWith);
