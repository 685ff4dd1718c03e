import { limits } from '@agentnet/protocol';
import { ValidationError } from '../errors.js';
import { optionNames, requireAtLeast, requireInteger, requireKnown, requireText } from '../require-option.js';
import type { HostAndPort } from './await-greeting.js';
import { redactUrl } from './redact-url.js';
import { resolveTlsFiles, type TlsOptions } from './tls-options.js';

const defaultPort = 4222;

/** How to reach NATS. */
export interface ConnectionOptions {
  /** NATS server, or several separated by commas. The token is written `nats://<token>@host:port`; `tls://` takes servers with TLS only. @default 'nats://127.0.0.1:4222' */
  url?: string;
  /** Files for TLS; only for `tls://`. @default NATS_CA, NATS_CERT, NATS_KEY */
  tls?: TlsOptions;
  /** Name shown by the server's monitoring. @default 'agentnet-ts-client' */
  name?: string;
  /** Milliseconds until `connect` gives up, whatever the client is still trying. Minimum 50; the default fits one slow handshake. @default 5_000 */
  timeoutMs?: number;
  /** Prefix of the client's own reply subjects. @default '_INBOX' */
  inboxPrefix?: string;
  /** Attempts to reconnect to a lost server; 0 = none, -1 = for ever, which is the default because agents outlive servers. @default -1 */
  maxReconnectAttempts?: number;
  /** Aborts the attempt to connect with `cancelled`. */
  signal?: AbortSignal;
}

export interface ResolvedConnectionOptions {
  readonly url: string;
  /** Undefined where the URL asks for no TLS. */
  readonly tls: TlsOptions | undefined;
  readonly name: string;
  readonly timeoutMs: number;
  readonly inboxPrefix: string | undefined;
  readonly maxReconnectAttempts: number;
  readonly signal: AbortSignal | undefined;
}

const known = optionNames<ConnectionOptions>({
  url: true,
  tls: true,
  name: true,
  timeoutMs: true,
  inboxPrefix: true,
  maxReconnectAttempts: true,
  signal: true,
});

/** @throws {ValidationError} `invalid_option` */
export function resolveConnectionOptions(options: ConnectionOptions = {}): ResolvedConnectionOptions {
  requireKnown('connection', options, known);
  const {
    url = 'nats://127.0.0.1:4222',
    tls,
    name = 'agentnet-ts-client',
    timeoutMs = limits.connectTimeoutMs,
    inboxPrefix,
    maxReconnectAttempts = -1,
    signal,
  } = options;
  requireText('url', url);
  requireText('name', name);
  requireAtLeast('timeoutMs', timeoutMs, limits.connectTimeoutMinMs);
  requireInteger('maxReconnectAttempts', maxReconnectAttempts, -1);
  return { url, tls: resolveTls(url, tls), name, timeoutMs, inboxPrefix, maxReconnectAttempts, signal };
}

/** The URL alone asks for TLS, so that files in the environment do not shut out the server of this machine. */
function resolveTls(url: string, files: TlsOptions | undefined): TlsOptions | undefined {
  if (parseServerUrl(url).tls) return resolveTlsFiles(files);
  if (files === undefined) return undefined;
  throw new ValidationError(
    'invalid_option',
    'tls is for a url that begins with tls://; write tls://<token>@host:port',
  );
}

export interface ServerAddress {
  readonly servers: readonly HostAndPort[];
  readonly token?: string;
  readonly user?: string;
  readonly pass?: string;
  readonly tls: boolean;
}

/**
 * Splits a URL into what the NATS client wants; it does not take credentials out of a URL by itself.
 *
 * @throws {ValidationError} `invalid_option`
 */
export function parseServerUrl(url: string): ServerAddress {
  const parsed = url.split(',').map((one) => parseOne(one.trim()));
  const { username, password } = parsed.find((one) => one.username !== '') ?? { username: '', password: '' };
  const credentials = password === '' ? { token: username } : { user: username, pass: password };
  return {
    servers: parsed.map(({ host, port }) => ({ host, port })),
    tls: parsed.some((one) => one.protocol === 'tls:'),
    ...(username === '' ? {} : credentials),
  };
}

interface ParsedUrl extends HostAndPort {
  readonly protocol: string;
  readonly username: string;
  readonly password: string;
}

function parseOne(text: string): ParsedUrl {
  try {
    const { protocol, hostname, port, username, password } = new URL(
      /^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `nats://${text}`,
    );
    if ((protocol === 'nats:' || protocol === 'tls:') && hostname !== '') {
      return {
        protocol,
        host: hostname.replace(/^\[|\]$/g, ''),
        port: port === '' ? defaultPort : Number(port),
        username: decodeURIComponent(username),
        password: decodeURIComponent(password),
      };
    }
  } catch (cause) {
    // Both throw nothing else; the text itself is named below, without its credentials.
    if (!(cause instanceof TypeError || cause instanceof URIError)) throw cause;
  }
  throw new ValidationError('invalid_option', `url must look like nats://<token>@host:port, got ${redactUrl(text)}`);
}
