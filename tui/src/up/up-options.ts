import { resolve } from 'node:path';
import { ProtocolError } from '@agentnet/protocol';
import { isLoopback, publicToken, resolveNatsUrl } from '../session/nats-address.js';

/** As typed on the command line. */
export interface UpFlags {
  host: string;
  port: number;
  dataDir: string;
  token?: string;
  databaseUrl?: string;
  natsUrl?: string;
  allowPublicToken?: boolean;
  demo?: boolean;
  once?: boolean;
  json?: boolean;
}

export interface UpOptions {
  /** Absolute path. */
  dataDir: string;
  /** A server to start, or the address of one that runs. */
  nats: { kind: 'start'; host: string; port: number; token: string } | { kind: 'running'; url: string };
  /** A Postgres server; without it the built-in database in the data folder. */
  databaseUrl?: string;
  /** Whether the registry demands signatures, as the agents started with the same environment give them. */
  devAuth: boolean;
  demo: boolean;
  once: boolean;
}

/** Letters that mean nothing special in a URL, a shell or the server's configuration. */
const tokenGrammar = /^[A-Za-z0-9._~-]{1,256}$/;

const hostGrammar = /^[A-Za-z0-9.:-]{1,253}$/;

/** @throws {ProtocolError} `invalid_option` */
export function resolveUpOptions(flags: UpFlags, environment: NodeJS.ProcessEnv): UpOptions {
  const { dataDir, databaseUrl, demo = false, once = false } = flags;
  if (once && !demo) throw new ProtocolError('invalid_option', '--once needs --demo: it ends after the demo');
  if (dataDir === '') throw new ProtocolError('invalid_option', '--data-dir must be the name of a folder');
  return {
    dataDir: resolve(dataDir),
    nats: resolveNats(flags, environment),
    devAuth: resolveDevAuth(environment),
    ...(databaseUrl === undefined ? {} : { databaseUrl }),
    demo,
    once,
  };
}

function resolveNats(flags: UpFlags, environment: NodeJS.ProcessEnv): UpOptions['nats'] {
  const { natsUrl, host, port, token, allowPublicToken = false } = flags;
  if (natsUrl !== undefined) return { kind: 'running', url: resolveNatsUrl(natsUrl, environment) };
  if (!hostGrammar.test(host)) {
    throw new ProtocolError('invalid_option', '--host must be a host name or an IP address');
  }
  const resolved = token ?? (environment['AGENTNET_TOKEN'] || publicToken);
  if (!tokenGrammar.test(resolved)) {
    throw new ProtocolError('invalid_option', '--token must be 1 to 256 letters, digits, `.`, `_`, `~` or `-`');
  }
  if (resolved === publicToken && !isLoopback(host) && !allowPublicToken) {
    throw new ProtocolError(
      'invalid_option',
      `--host ${host} is open to other machines and needs --token or AGENTNET_TOKEN with a secret of your own; the default token is public, and only --allow-public-token lets everybody in`,
    );
  }
  return { kind: 'start', host, port, token: resolved };
}

/** A misspelt switch is refused: a network that quietly checks nothing is worse than one that does not start. */
function resolveDevAuth({ DEV_AUTH = '' }: NodeJS.ProcessEnv): boolean {
  const word = DEV_AUTH.trim().toLowerCase();
  if (['1', 'true', 'yes', 'y', 'on'].includes(word)) return true;
  if (['', '0', 'false', 'no', 'n', 'off'].includes(word)) return false;
  throw new ProtocolError('invalid_option', `DEV_AUTH must be true or false, got ${JSON.stringify(DEV_AUTH)}`);
}

/** The address under which this machine reaches a server that was started on `host`. */
export function localNatsUrl({ host, port, token }: { host: string; port: number; token: string }): string {
  const reachable = { '0.0.0.0': '127.0.0.1', '::': '::1' }[host] ?? host;
  return `nats://${token}@${reachable.includes(':') ? `[${reachable}]` : reachable}:${port}`;
}
