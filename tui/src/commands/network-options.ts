import { limits } from '@agentnet/protocol';
import type { Command } from 'commander';
import { announceContext } from '../output/announce-context.js';
import { chooseAddress } from '../session/choose-address.js';
import type { NetworkOptions } from '../session/network-options.js';
import type { CliContext } from './cli-context.js';
import { numberOption } from './option-values.js';

/** Options of every command that talks to a running network, as typed. */
export interface NetworkFlags {
  natsUrl?: string;
  context?: string;
  timeout?: number;
  json?: boolean;
}

const longestTimeoutSeconds = 3600;

export function addNetworkOptions(command: Command): Command {
  return command
    .option(
      '--nats-url <url>',
      'NATS server; the token is written nats://<token>@host:port (default: NATS_URL, else the current context, else nats://127.0.0.1:4222)',
    )
    .option('--context <name>', 'a named connection; `agentnet contexts` lists them')
    .option(
      '--timeout <seconds>',
      `longest wait for the connection and for each answer (default: ${limits.queryTimeoutMs / 1000})`,
      numberOption('--timeout', { least: limits.connectTimeoutMinMs / 1000, most: longestTimeoutSeconds }),
    )
    .option('--json', 'print JSON for programs');
}

/** Reads them, and tells people which named connection is used. @throws {ProtocolError} `invalid_option` */
export function resolveNetworkOptions(flags: NetworkFlags, context: CliContext): NetworkOptions {
  const { timeout, json = false } = flags;
  const address = chooseAddress(flags, context.environment);
  if (!json) announceContext(context.terminal, address);
  return {
    ...address,
    wait: {
      signal: context.signal,
      ...(timeout === undefined ? {} : { timeoutMs: Math.round(timeout * 1000) }),
    },
  };
}
