import { limits } from '@agentnet/protocol';
import { exposesPublicToken, ValidationError } from '@agentnet/sdk/transport';
import type { Logger } from 'pino';
import { isInboxPrefix } from './domain/inbox-prefix.js';
import type { DatabaseOptions } from './store/database.js';

export const logLevels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;
/** From which gravity on the registry logs. */
export type LogLevel = (typeof logLevels)[number];

export const historyCaptures = ['jetstream', 'tap'] as const;
/** How messages get into the history: by a stream of the server, or by listening, which loses what nobody hears. */
export type HistoryCapture = (typeof historyCaptures)[number];

export const authRequires = ['v2'] as const;
export type AuthRequire = (typeof authRequires)[number];

/** What one registry process is told. Everything but the two addresses has a default from the protocol's limits. */
export interface RegistryOptions {
  /** `nats://<token>@host:port`. */
  natsUrl: string;
  /** Takes the token everybody knows also towards a server that is not on this machine. @default false */
  allowPublicToken?: boolean;
  /** Where accounts, sessions and history live. Several registries may share one `postgres`, never one `pglite` folder. */
  database: DatabaseOptions;
  /** First part of every session tag this process issues; letters, digits, `_` and `-`, at most 64. @default 'registry' */
  serverId?: string;
  /** Seconds without a hello after which a session is offline. At least 1. @default limits.sessionTtlSeconds */
  agentTtlSeconds?: number;
  /** Seconds between two hellos, told to agents at registration. @default limits.heartbeatIntervalSeconds */
  heartbeatIntervalSeconds?: number;
  /** Seconds between two runs of the clean-up. At least 0.1. @default limits.gcIntervalSeconds */
  gcIntervalSeconds?: number;
  /** Days an offline session stays on record. @default limits.sessionRetentionDays */
  sessionRetentionDays?: number;
  /** Days a thread without activity stays on record. @default limits.threadRetentionDays */
  threadRetentionDays?: number;
  /** Thread size from which its status is `warn`. At least 1. @default limits.threadSoftLimitTokens */
  threadSoftLimitTokens?: number;
  /** Thread size from which its status is `needs_compaction`; at least the soft limit. @default limits.threadHardLimitTokens */
  threadHardLimitTokens?: number;
  /** Pending messages up to which a thread's status stays `ok`. @default limits.threadKeepTailMessages */
  threadKeepTailMessages?: number;
  /** Characters counted as one token. More than 0. @default limits.tokenEstimateCharsPerToken */
  tokenEstimateCharsPerToken?: number;
  /** Latency samples kept for each name. At least 32. @default limits.metricsWindowSize */
  metricsWindowSize?: number;
  /** Calls per second one client may make to this registry; 0 sets no limit. @default limits.rpcRateLimitPerSecond */
  rpcRateLimitPerSecond?: number;
  /** Calls one client may make at once. At least 1. @default limits.rpcRateLimitBurst */
  rpcRateLimitBurst?: number;
  /** Refuses registrations that are not signed by the key of their account; the first one binds it. @default false */
  devAuth?: boolean;
  /** The only signing scheme accepted, for registrations, hellos and goodbyes; `v2` is `ed25519-v2`, and turns `devAuth` on. @default none, both are accepted */
  authRequire?: AuthRequire;
  /** Seconds a signed timestamp may differ from the registry's clock. @default limits.authMaxSkewSeconds */
  devAuthMaxSkewSeconds?: number;
  /** Seconds a nonce cannot be used again; at least twice the skew keeps every registration from being replayed. @default limits.authNonceTtlSeconds */
  devAuthNonceTtlSeconds?: number;
  /** `jetstream` loses nothing; `tap` works without JetStream and records only while a registry runs. @default 'jetstream' */
  historyCapture?: HistoryCapture;
  /**
   * Inbox prefixes like `_INBOX.app`, of 2 or 3 tokens, of NATS clients that are set to another prefix than `_INBOX`: replies to them are
   * recorded, too. @default none
   */
  historyInboxPrefixes?: readonly string[];
  /** Bytes of captured messages the stream keeps; the oldest go beyond it. @default what the stream has, `limits.historyMaxBytesDefault` when it is made */
  historyMaxBytes?: number;
  /** The same as a number of messages. @default what the stream has, no limit when it is made */
  historyMaxMessages?: number;
  /** The same as an age in seconds. @default what the stream has, no limit when it is made */
  historyMaxAgeSeconds?: number;
  /** Servers of a NATS cluster that keep each stream, at most 5. @default what the stream has, 1 when it is made */
  historyReplicas?: number;
  /** Address of the health and Prometheus endpoint; port 0 picks a free one. @default none, no endpoint */
  http?: { host: string; port: number };
  /** @default 'info' */
  logLevel?: LogLevel;
  /** Where to log. @default a JSON logger on standard error */
  log?: Logger;
  /** Milliseconds since 1970 by the registry's clock; tests move it. @default Date.now */
  now?: () => number;
}

/** The same with every default filled in and every value checked. */
export interface RegistryConfig extends Required<Omit<RegistryOptions, 'http' | 'log' | 'now' | 'authRequire'>> {
  authRequire?: AuthRequire;
  http?: { host: string; port: number };
}

/** How the author of the options wrote them: `agentTtlSeconds: 0` in code, `AGENT_TTL_SECONDS=x` in the environment. */
export interface OptionSource {
  name(option: keyof RegistryOptions): string;
  /** The text of a value that was written as text. */
  written(option: keyof RegistryOptions): string | undefined;
}

const code: OptionSource = { name: (option) => option, written: () => undefined };

/** @throws {ValidationError} `invalid_option` */
export function resolveOptions(options: RegistryOptions, source: OptionSource = code): RegistryConfig {
  const nameOf = source.name;
  const number = (option: NumberOption, range: NumberRange = numberOptions[option]) => {
    const value = options[option] ?? numberOptions[option].initial;
    requireNumber({ name: nameOf(option), value, written: source.written(option) ?? value }, range);
    return value;
  };
  const config: RegistryConfig = {
    natsUrl: requireNatsUrl(nameOf('natsUrl'), options.natsUrl),
    allowPublicToken: options.allowPublicToken ?? false,
    database: requireDatabase(options.database, nameOf('database')),
    serverId: requireToken(nameOf('serverId'), options.serverId ?? 'registry'),
    agentTtlSeconds: number('agentTtlSeconds'),
    heartbeatIntervalSeconds: number('heartbeatIntervalSeconds'),
    gcIntervalSeconds: number('gcIntervalSeconds'),
    sessionRetentionDays: number('sessionRetentionDays'),
    threadRetentionDays: number('threadRetentionDays'),
    threadSoftLimitTokens: number('threadSoftLimitTokens'),
    threadHardLimitTokens: number('threadHardLimitTokens'),
    threadKeepTailMessages: number('threadKeepTailMessages'),
    tokenEstimateCharsPerToken: number('tokenEstimateCharsPerToken'),
    metricsWindowSize: number('metricsWindowSize'),
    rpcRateLimitPerSecond: number('rpcRateLimitPerSecond'),
    rpcRateLimitBurst: number('rpcRateLimitBurst'),
    devAuth: options.devAuth ?? options.authRequire !== undefined,
    devAuthMaxSkewSeconds: number('devAuthMaxSkewSeconds'),
    devAuthNonceTtlSeconds: number('devAuthNonceTtlSeconds'),
    historyMaxBytes: number('historyMaxBytes'),
    historyMaxMessages: number('historyMaxMessages'),
    historyMaxAgeSeconds: number('historyMaxAgeSeconds'),
    historyReplicas: number('historyReplicas'),
    historyCapture: requireOneOf(nameOf('historyCapture'), options.historyCapture ?? 'jetstream', historyCaptures),
    historyInboxPrefixes: requireInboxPrefixes(nameOf('historyInboxPrefixes'), options.historyInboxPrefixes ?? []),
    logLevel: requireOneOf(nameOf('logLevel'), options.logLevel ?? 'info', logLevels),
  };
  if (options.authRequire !== undefined) {
    config.authRequire = requireOneOf(nameOf('authRequire'), options.authRequire, authRequires);
    if (!config.devAuth)
      throw invalidOption(nameOf('devAuth'), `on or unset when ${nameOf('authRequire')} is set`, options.devAuth);
  }
  if (!config.allowPublicToken && exposesPublicToken(config.natsUrl)) throw publicTokenRefused(nameOf);
  number('threadHardLimitTokens', { least: config.threadSoftLimitTokens });
  if (options.http) config.http = requireHttp(options.http, nameOf('http'));
  return config;
}

function publicTokenRefused(nameOf: OptionSource['name']): ValidationError {
  return new ValidationError(
    'invalid_option',
    `${nameOf('natsUrl')} has the token everybody knows for a server that is not on this machine; give that server a token of its own, or set ${nameOf('allowPublicToken')} to true`,
  );
}

interface NumberRange {
  least?: number;
  most?: number;
  moreThan?: number;
  whole?: boolean;
}

type NumberOption = {
  [K in keyof RegistryConfig]-?: RegistryConfig[K] extends number ? K : never;
}[keyof RegistryConfig];

const numberOptions: Record<NumberOption, NumberRange & { initial: number }> = {
  agentTtlSeconds: { initial: limits.sessionTtlSeconds, least: 1 },
  heartbeatIntervalSeconds: {
    initial: limits.heartbeatIntervalSeconds,
    least: limits.heartbeatIntervalMinSeconds,
  },
  gcIntervalSeconds: { initial: limits.gcIntervalSeconds, least: 0.1 },
  sessionRetentionDays: { initial: limits.sessionRetentionDays, least: limits.retentionMinDays },
  threadRetentionDays: { initial: limits.threadRetentionDays, least: limits.retentionMinDays },
  threadSoftLimitTokens: { initial: limits.threadSoftLimitTokens, least: 1, whole: true },
  threadHardLimitTokens: { initial: limits.threadHardLimitTokens, least: 1, whole: true },
  threadKeepTailMessages: { initial: limits.threadKeepTailMessages, least: 0, whole: true },
  tokenEstimateCharsPerToken: { initial: limits.tokenEstimateCharsPerToken, moreThan: 0 },
  rpcRateLimitPerSecond: { initial: limits.rpcRateLimitPerSecond, least: 0 },
  rpcRateLimitBurst: { initial: limits.rpcRateLimitBurst, least: 1, whole: true },
  devAuthMaxSkewSeconds: { initial: limits.authMaxSkewSeconds, least: limits.authMaxSkewMinSeconds },
  devAuthNonceTtlSeconds: { initial: limits.authNonceTtlSeconds, least: limits.authNonceTtlMinSeconds },
  historyMaxBytes: { initial: 0, least: 0, whole: true },
  historyMaxMessages: { initial: 0, least: 0, whole: true },
  historyMaxAgeSeconds: { initial: 0, least: 0 },
  historyReplicas: { initial: 0, least: 0, most: 5, whole: true },
  metricsWindowSize: { initial: limits.metricsWindowSize, least: 32, most: 1_000_000, whole: true },
};

function requireNumber(
  { name, value, written }: { name: string; value: number; written: unknown },
  { least, most, moreThan, whole }: NumberRange,
): void {
  const kind = whole ? 'a whole number' : 'a number';
  const bounds = [
    ...(least === undefined ? [] : [`>= ${least}`]),
    ...(moreThan === undefined ? [] : [`> ${moreThan}`]),
    ...(most === undefined ? [] : [`<= ${most}`]),
  ].join(' and ');
  const fits =
    Number.isFinite(value) &&
    (!whole || Number.isInteger(value)) &&
    value >= (least ?? Number.NEGATIVE_INFINITY) &&
    value <= (most ?? Number.POSITIVE_INFINITY) &&
    value > (moreThan ?? Number.NEGATIVE_INFINITY);
  if (!fits) throw invalidOption(name, `${kind} ${bounds}`, written);
}

function requireOneOf<T extends string>(name: string, value: string, allowed: readonly T[]): T {
  const found = allowed.find((one) => one === value);
  if (found === undefined) throw invalidOption(name, `one of ${allowed.join(', ')}`, value);
  return found;
}

function requireToken(name: string, value: string): string {
  if (/^[A-Za-z0-9_-]{1,64}$/.test(value)) return value;
  throw invalidOption(name, '1 to 64 letters, digits, _ or -', value);
}

function requireInboxPrefixes(name: string, prefixes: readonly string[]): readonly string[] {
  const wrong = prefixes.find((prefix) => !isInboxPrefix(prefix));
  if (wrong === undefined) return [...new Set(prefixes)];
  throw invalidOption(name, 'inbox prefixes like _INBOX.app or _INBOX.app.part, not that of agents', wrong);
}

/** One server or several, separated by commas; a bare `host:port` counts as `nats://host:port`. */
function requireNatsUrl(name: string, value: string): string {
  for (const one of value.split(',')) {
    const text = one.trim();
    requireUrl(name, text.includes('://') ? text : `nats://${text}`, ['nats:', 'tls:']);
  }
  return value;
}

/** The value stays out of the message: it may hold a token or a password. */
function requireUrl(name: string, value: string, protocols: readonly string[]): string {
  const wanted = protocols.map((protocol) => `${protocol}//`).join(' or ');
  const detail = `${name} must be a URL that starts with ${wanted} and names a host`;
  if (!URL.canParse(value)) throw new ValidationError('invalid_option', detail);
  const { protocol, hostname } = new URL(value);
  if (!protocols.includes(protocol) || hostname === '') throw new ValidationError('invalid_option', detail);
  return value;
}

function requireDatabase(database: DatabaseOptions, name: string): DatabaseOptions {
  if (database.kind === 'postgres') requireUrl(name, database.url, ['postgres:', 'postgresql:']);
  else if (database.dataDir === '') throw invalidOption(name, 'the name of a folder', '');
  return database;
}

function requireHttp(http: { host: string; port: number }, name: string): { host: string; port: number } {
  const port = { name: `the port of ${name}`, value: http.port, written: http.port };
  requireNumber(port, { least: 0, most: 65_535, whole: true });
  if (http.host === '') throw invalidOption(`the host of ${name}`, 'a host name or address', '');
  return http;
}

export function invalidOption(name: string, wanted: string, got: unknown): ValidationError {
  const shown = typeof got === 'string' ? JSON.stringify(got) : String(got);
  return new ValidationError('invalid_option', `${name} must be ${wanted}, got ${shown}`);
}
