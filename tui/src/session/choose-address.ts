import { ProtocolError } from '@agentnet/protocol';
import { contextNamed, readContexts } from './contexts.js';
import { resolveNatsUrl } from './nats-address.js';
import type { NetworkOptions } from './network-options.js';

/** What was typed about where to connect. */
export interface TypedAddress {
  natsUrl?: string;
  context?: string;
}

/**
 * Where a command connects: `--nats-url`, else `--context`, else NATS_URL, else the current context, else this machine.
 *
 * @throws {ProtocolError} `invalid_option`
 */
export function chooseAddress(
  { natsUrl, context }: TypedAddress,
  environment: NodeJS.ProcessEnv,
): Pick<NetworkOptions, 'natsUrl' | 'context'> {
  if (natsUrl !== undefined && context !== undefined) {
    throw new ProtocolError('invalid_option', 'give one of --nats-url and --context');
  }
  const isNamed = context === undefined && (natsUrl !== undefined || Boolean(environment['NATS_URL']));
  if (isNamed) return { natsUrl: resolveNatsUrl(natsUrl, environment) };
  const contexts = readContexts(environment);
  const name = context ?? contexts.current;
  if (name === null) return { natsUrl: resolveNatsUrl(undefined, environment) };
  const { nats_url, colour, production } = contextNamed(name, contexts);
  return { natsUrl: resolveNatsUrl(nats_url, environment), context: { name, colour, production } };
}
