import { invalidOption, type LogLevel, type RegistryOptions, resolveOptions } from './options.js';

type Environment = Readonly<Record<string, string | undefined>>;

const names = {
  natsUrl: 'NATS_URL',
  allowPublicToken: 'ALLOW_PUBLIC_TOKEN',
  database: 'DATABASE_URL',
  serverId: 'REGISTRY_SERVER_ID',
  agentTtlSeconds: 'AGENT_TTL_SECONDS',
  heartbeatIntervalSeconds: 'HEARTBEAT_INTERVAL_SECONDS',
  gcIntervalSeconds: 'GC_INTERVAL_SECONDS',
  sessionRetentionDays: 'SESSION_RETENTION_DAYS',
  threadRetentionDays: 'THREAD_RETENTION_DAYS',
  threadSoftLimitTokens: 'THREAD_SOFT_LIMIT_TOKENS',
  threadHardLimitTokens: 'THREAD_HARD_LIMIT_TOKENS',
  threadKeepTailMessages: 'THREAD_KEEP_TAIL_MESSAGES',
  tokenEstimateCharsPerToken: 'TOKEN_ESTIMATE_CHARS_PER_TOKEN',
  metricsWindowSize: 'REGISTRY_METRICS_WINDOW_SIZE',
  rpcRateLimitPerSecond: 'RPC_RATE_LIMIT_PER_SECOND',
  rpcRateLimitBurst: 'RPC_RATE_LIMIT_BURST',
  devAuth: 'DEV_AUTH',
  authRequire: 'AUTH_REQUIRE',
  devAuthMaxSkewSeconds: 'DEV_AUTH_MAX_SKEW_SECONDS',
  devAuthNonceTtlSeconds: 'DEV_AUTH_NONCE_TTL_SECONDS',
  historyCapture: 'HISTORY_CAPTURE',
  historyInboxPrefixes: 'HISTORY_INBOX_PREFIXES',
  historyMaxBytes: 'HISTORY_MAX_BYTES',
  historyMaxMessages: 'HISTORY_MAX_MESSAGES',
  historyMaxAgeSeconds: 'HISTORY_MAX_AGE_SECONDS',
  historyReplicas: 'HISTORY_STREAM_REPLICAS',
  http: 'HTTP_HOST/HTTP_PORT',
  logLevel: 'LOG_LEVEL',
} as const;

const numbers = [
  'agentTtlSeconds',
  'heartbeatIntervalSeconds',
  'gcIntervalSeconds',
  'sessionRetentionDays',
  'threadRetentionDays',
  'threadSoftLimitTokens',
  'threadHardLimitTokens',
  'threadKeepTailMessages',
  'tokenEstimateCharsPerToken',
  'historyMaxBytes',
  'historyMaxMessages',
  'historyMaxAgeSeconds',
  'historyReplicas',
  'metricsWindowSize',
  'rpcRateLimitPerSecond',
  'rpcRateLimitBurst',
  'devAuthMaxSkewSeconds',
  'devAuthNonceTtlSeconds',
] as const;

/** The level names of the protocol's first version beside pino's own. */
const logLevelOf: Readonly<Record<string, LogLevel>> = {
  trace: 'trace',
  debug: 'debug',
  info: 'info',
  warn: 'warn',
  warning: 'warn',
  error: 'error',
  critical: 'fatal',
  fatal: 'fatal',
  silent: 'silent',
};

const on = ['1', 'true', 'yes', 'y', 'on'];
const off = ['0', 'false', 'no', 'n', 'off'];

/** Settings of the protocol's first version that mean nothing here. */
const deprecated = [
  'THREAD_COMPACTION_EVENT_ENABLED',
  'THREAD_COMPACTION_EVENT_COOLDOWN_SECONDS',
  'DB_WRITE_BATCH_ENABLED',
  'DB_WRITE_BATCH_SIZE',
  'DB_WRITE_FLUSH_MS',
  'DB_WRITE_QUEUE_MAX',
];

/**
 * Reads the registry's options from environment variables; the table is in the package's README. An empty variable counts as unset.
 *
 * @throws {ValidationError} `invalid_option`, naming the variable and what it may be
 */
export function resolveConfig(env: Environment): RegistryOptions {
  const options: RegistryOptions = {
    natsUrl: env['NATS_URL'] || 'nats://127.0.0.1:4222',
    database: env['DATABASE_URL']
      ? { kind: 'postgres', url: env['DATABASE_URL'] }
      : { kind: 'pglite', dataDir: env['AGENTNET_DATA_DIR'] || '.agentnet/registry' },
  };
  for (const option of numbers) {
    const text = env[names[option]];
    if (text) options[option] = text.trim() === '' ? Number.NaN : Number(text);
  }
  if (env['ALLOW_PUBLIC_TOKEN'])
    options.allowPublicToken = parseSwitch('ALLOW_PUBLIC_TOKEN', env['ALLOW_PUBLIC_TOKEN']);
  if (env['DEV_AUTH']) options.devAuth = parseSwitch('DEV_AUTH', env['DEV_AUTH']);
  if (env['AUTH_REQUIRE']) options.authRequire = env['AUTH_REQUIRE'].trim().toLowerCase() as 'v2';
  if (env['REGISTRY_SERVER_ID']) options.serverId = env['REGISTRY_SERVER_ID'];
  if (env['HISTORY_CAPTURE']) options.historyCapture = env['HISTORY_CAPTURE'] as 'jetstream' | 'tap';
  if (env['HISTORY_INBOX_PREFIXES'])
    options.historyInboxPrefixes = env['HISTORY_INBOX_PREFIXES'].split(',').map((prefix) => prefix.trim());
  if (env['LOG_LEVEL']) options.logLevel = parseLogLevel(env['LOG_LEVEL']);
  if (env['HTTP_PORT']) {
    options.http = { host: env['HTTP_HOST'] || '127.0.0.1', port: Number(env['HTTP_PORT']) };
  }
  const name = (option: keyof RegistryOptions) => names[option as keyof typeof names] ?? option;
  resolveOptions(options, { name, written: (option) => env[name(option)] });
  return options;
}

/** Every variable that `resolveConfig` reads, and those of TLS, which the SDK reads when it connects. */
export const settings: readonly string[] = [
  ...Object.values(names).flatMap((name) => name.split('/')),
  'AGENTNET_DATA_DIR',
  'NATS_CA',
  'NATS_CERT',
  'NATS_KEY',
].sort();

/** The variables that are set and have no effect any more. */
export function deprecatedSettings(env: Environment): string[] {
  return deprecated.filter((name) => env[name] !== undefined);
}

/** A misspelt switch is refused: a registry that quietly runs without auth is worse than one that does not run. */
function parseSwitch(name: string, text: string): boolean {
  const word = text.trim().toLowerCase();
  if (on.includes(word)) return true;
  if (off.includes(word)) return false;
  throw invalidOption(name, `one of ${[...on, ...off].join(', ')}`, text);
}

function parseLogLevel(text: string): LogLevel {
  const level = logLevelOf[text.trim().toLowerCase()];
  if (level === undefined) throw invalidOption('LOG_LEVEL', `one of ${Object.keys(logLevelOf).join(', ')}`, text);
  return level;
}
