import { type AccountId, check, type JsonObject, limits } from '@agentnet/protocol';
import { type Clock, systemClock } from './clock.js';
import type { TlsOptions } from './connection/tls-options.js';
import { type AgentNetError, ValidationError } from './errors.js';
import { type InboxOptions, type ResolvedInboxOptions, resolveInboxOptions } from './inbox/inbox-options.js';
import { type ResolvedRetryOptions, type RetryOptions, resolveRetryOptions } from './outbox/retry-options.js';
import {
  optionNames,
  requireAtLeast,
  requireInteger,
  requireKnown,
  requireSchema,
  requireText,
} from './require-option.js';

/** How one agent joins and behaves. Only `agentId` is required. */
export interface AgentNodeOptions {
  /** Role label of the agent, at most 256 characters. Not an identity: that is the account. */
  agentId: string;
  /** Display name. @default the agent id */
  name?: string;
  /** Wanted username; the registry normalises it. @default the agent id */
  username?: string;
  /** An account to return to; the registry finds or makes one when absent. */
  accountId?: AccountId;
  /** What the agent offers: at most 64 dotted names. With a handler, the agent takes work for each of them. @default [] */
  capabilities?: readonly string[];
  /** Free facts about the agent, shown by discovery. @default {} */
  metadata?: JsonObject;
  /** NATS server; the token is written `nats://<token>@host:port`, with TLS `tls://<token>@host:port`. @default 'nats://127.0.0.1:4222' */
  natsUrl?: string;
  /** How to reach NATS. */
  connection?: NodeConnectionOptions;
  /** Whether registrations and messages are signed and verified. @default what DEV_AUTH and DEV_AUTH_KEY_DIR say */
  auth?: AuthOptions;
  /** Limits on what is received. */
  inbox?: InboxOptions;
  /** How long and how often a message is sent until a receipt arrives. */
  retry?: RetryOptions;
  /** Presence. */
  heartbeat?: HeartbeatOptions;
  /** Largest encoded message sent or accepted, in bytes; from 1,024 to 1,048,576, above which NATS refuses. @default 256_000 */
  maxPayloadBytes?: number;
  /** Milliseconds a sent message lives when the call names no `ttlMs`. Minimum 1. @default 30_000 */
  defaultTtlMs?: number;
  /** Milliseconds a resolved username is remembered; 0 asks the registry each time. @default 60_000 */
  resolveCacheTtlMs?: number;
  /** Hears of failures nobody waits for, handler errors among them. @default console.error */
  onError?: (error: AgentNetError) => void;
  /** Time; replaced in tests. @default the machine's clock */
  clock?: Clock;
}

/** How an agent reaches NATS. */
export interface NodeConnectionOptions {
  /** Connection name shown by the server's monitoring. @default 'agentnet-ts-<agentId>' */
  name?: string;
  /** Milliseconds until `start` gives up connecting. Minimum 50. @default 5_000 */
  timeoutMs?: number;
  /** Files for TLS; only for a `natsUrl` that begins with `tls://`. @default NATS_CA, NATS_CERT, NATS_KEY */
  tls?: TlsOptions;
  /** Attempts to reconnect to a lost server; 0 = none, -1 = for ever, because agents outlive servers. @default -1 */
  maxReconnectAttempts?: number;
}

/** Dev auth: an Ed25519 key per name, bound to the account at its first registration. Every peer of a network must agree on it. */
export interface AuthOptions {
  /** Signs what is sent and refuses what is not signed. @default DEV_AUTH is one of 1, true, yes, y, on; else false */
  enabled?: boolean;
  /** Folder of the key files, one per username, made on first use. @default DEV_AUTH_KEY_DIR, else '.keys' */
  keyDir?: string;
  /** Takes nothing that is not signed with `ed25519-v2`; needs a registry and peers that speak it. @default what AUTH_REQUIRE says, else both schemes */
  require?: 'v2';
}

/** Where an agent's key is, and what it asks of others. */
export interface KeyFile {
  readonly keyDir: string;
  readonly name: string;
  readonly requireV2: boolean;
}

/** Presence of an agent. */
export interface HeartbeatOptions {
  /** Milliseconds between hellos where the registry names no interval. Minimum 1,000. @default 12_000 */
  intervalMs?: number;
}

/** What an agent says about itself. */
export interface AgentProfile {
  readonly agentId: string;
  readonly name: string;
  readonly capabilities: readonly string[];
  readonly metadata: JsonObject;
  readonly accountId?: string;
  readonly username?: string;
}

export interface ResolvedOptions {
  readonly profile: AgentProfile;
  readonly connection: {
    readonly name: string;
    readonly url?: string;
    readonly tls?: TlsOptions;
    readonly timeoutMs: number;
    readonly maxReconnectAttempts: number;
  };
  /** Where the agent's key is; undefined when nothing is signed or verified. */
  readonly keyFile: KeyFile | undefined;
  readonly inbox: ResolvedInboxOptions;
  readonly retry: ResolvedRetryOptions;
  readonly heartbeatMs: number;
  readonly maxPayloadBytes: number;
  readonly defaultTtlMs: number;
  readonly resolveCacheTtlMs: number;
  readonly onError: (error: AgentNetError) => void;
  readonly clock: Clock;
}

const known = optionNames<AgentNodeOptions>({
  agentId: true,
  name: true,
  username: true,
  accountId: true,
  capabilities: true,
  metadata: true,
  natsUrl: true,
  connection: true,
  auth: true,
  inbox: true,
  retry: true,
  heartbeat: true,
  maxPayloadBytes: true,
  defaultTtlMs: true,
  resolveCacheTtlMs: true,
  onError: true,
  clock: true,
});
const knownConnection = optionNames<NodeConnectionOptions>({
  name: true,
  timeoutMs: true,
  tls: true,
  maxReconnectAttempts: true,
});
const knownAuth = optionNames<AuthOptions>({ enabled: true, keyDir: true, require: true });
const knownHeartbeat = optionNames<HeartbeatOptions>({ intervalMs: true });

/** @throws {ValidationError} `invalid_option` */
export function resolveOptions(options: AgentNodeOptions): ResolvedOptions {
  requireKnown('AgentNode', options, known);
  const {
    maxPayloadBytes = limits.messageMaxBytes,
    defaultTtlMs = limits.ttlMsDefault,
    resolveCacheTtlMs = limits.resolveCacheTtlMs,
    onError = (error) => console.error(error),
    clock = systemClock,
  } = options;
  requireInteger('maxPayloadBytes', maxPayloadBytes, 1024, limits.replyMaxBytes);
  requireInteger('defaultTtlMs', defaultTtlMs, limits.ttlMsMin);
  requireAtLeast('resolveCacheTtlMs', resolveCacheTtlMs, 0);
  return {
    profile: resolveProfile(options),
    connection: resolveConnection(options),
    keyFile: resolveKeyFile(options),
    inbox: resolveInboxOptions(options.inbox),
    retry: resolveRetryOptions(options.retry),
    heartbeatMs: resolveHeartbeat(options.heartbeat),
    maxPayloadBytes,
    defaultTtlMs,
    resolveCacheTtlMs,
    onError,
    clock,
  };
}

function resolveProfile({
  agentId,
  name = agentId,
  username,
  accountId,
  capabilities = [],
  metadata = {},
}: AgentNodeOptions): AgentProfile {
  requireText('agentId', agentId);
  requireSchema('agentId', 'Label', agentId);
  requireSchema('name', 'Label', name);
  if (username !== undefined) requireSchema('username', 'UsernameText', username);
  if (accountId !== undefined) requireSchema('accountId', 'AccountId', accountId);
  requireSchema('metadata', 'JsonObject', metadata);
  if (!Array.isArray(capabilities)) throw new ValidationError('invalid_option', 'capabilities must be a list of names');
  for (const capability of capabilities) requireSchema('capabilities', 'CapabilityName', capability);
  // The rest, such as the number of capabilities, is what the registry will be asked with.
  const [violation] = check('RegisterRequest', { agent_id: agentId, capabilities, metadata });
  if (violation) throw new ValidationError('invalid_option', `${violation.path.slice(1)} ${violation.message}`);
  return {
    agentId,
    name,
    capabilities: [...new Set(capabilities)],
    metadata,
    ...(accountId === undefined ? {} : { accountId }),
    ...(username === undefined ? {} : { username }),
  };
}

function resolveConnection({ natsUrl, connection = {}, agentId }: AgentNodeOptions): ResolvedOptions['connection'] {
  requireKnown('connection', connection, knownConnection);
  const {
    name = `agentnet-ts-${agentId}`,
    timeoutMs = limits.connectTimeoutMs,
    tls,
    maxReconnectAttempts = -1,
  } = connection;
  requireText('connection.name', name);
  requireAtLeast('connection.timeoutMs', timeoutMs, limits.connectTimeoutMinMs);
  requireInteger('connection.maxReconnectAttempts', maxReconnectAttempts, -1);
  if (natsUrl !== undefined) requireText('natsUrl', natsUrl);
  return {
    name,
    timeoutMs,
    maxReconnectAttempts,
    ...(natsUrl === undefined ? {} : { url: natsUrl }),
    ...(tls === undefined ? {} : { tls }),
  };
}

/** What of it is left open, the environment says. */
function resolveKeyFile({ auth = {}, username, agentId }: AgentNodeOptions): ResolvedOptions['keyFile'] {
  requireKnown('auth', auth, knownAuth);
  const { DEV_AUTH = '', DEV_AUTH_KEY_DIR, AUTH_REQUIRE = '' } = process.env;
  const { require = AUTH_REQUIRE.trim().toLowerCase() || undefined } = auth;
  const { enabled = isOn('DEV_AUTH', DEV_AUTH) || require !== undefined, keyDir = DEV_AUTH_KEY_DIR || '.keys' } = auth;
  if (typeof enabled !== 'boolean') throw new ValidationError('invalid_option', 'auth.enabled must be true or false');
  requireText('auth.keyDir', keyDir);
  if (require !== undefined && require !== 'v2')
    throw new ValidationError(
      'invalid_option',
      `auth.require (AUTH_REQUIRE) must be v2, got ${JSON.stringify(require)}`,
    );
  if (auth.require !== undefined && !enabled)
    throw new ValidationError('invalid_option', 'auth.require contradicts auth.enabled: false; leave one out');
  return enabled ? { keyDir, name: username || agentId, requireV2: require === 'v2' } : undefined;
}

/** A misspelt switch is refused: an agent that quietly signs nothing is worse than one that does not start. */
function isOn(variable: string, text: string): boolean {
  const word = text.trim().toLowerCase();
  if (['1', 'true', 'yes', 'y', 'on'].includes(word)) return true;
  if (['', '0', 'false', 'no', 'n', 'off'].includes(word)) return false;
  throw new ValidationError('invalid_option', `${variable} must be true or false, got ${JSON.stringify(text)}`);
}

function resolveHeartbeat(heartbeat: HeartbeatOptions = {}): number {
  requireKnown('heartbeat', heartbeat, knownHeartbeat);
  const { intervalMs = limits.heartbeatIntervalSeconds * 1000 } = heartbeat;
  requireAtLeast('heartbeat.intervalMs', intervalMs, limits.heartbeatIntervalMinSeconds * 1000);
  return intervalMs;
}
