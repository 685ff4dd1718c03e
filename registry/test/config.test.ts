import { limits } from '@agentnet/protocol';
import { describe, expect, test } from 'vitest';
import { deprecatedSettings, resolveConfig, startRegistry } from '../src/index.js';
import { resolveOptions } from '../src/options.js';

const minimal = { natsUrl: 'nats://127.0.0.1:4222', database: { kind: 'pglite', dataDir: 'memory://' } } as const;

describe('configuration by environment', () => {
  test('given no variables, when resolved, then the registry is embedded and everything has its default', () => {
    const options = resolveConfig({});
    expect(options).toEqual({
      natsUrl: 'nats://127.0.0.1:4222',
      database: { kind: 'pglite', dataDir: '.agentnet/registry' },
    });
    expect(resolveOptions(options)).toMatchObject({
      serverId: 'registry',
      agentTtlSeconds: limits.sessionTtlSeconds,
      heartbeatIntervalSeconds: limits.heartbeatIntervalSeconds,
      historyCapture: 'jetstream',
      logLevel: 'info',
    });
  });

  test('given every variable, when resolved, then each reaches its option', () => {
    const options = resolveConfig({
      NATS_URL: 'nats://token@127.0.0.1:5222',
      DATABASE_URL: 'postgres://user:secret@127.0.0.1/agentnet',
      REGISTRY_SERVER_ID: 'registry-2',
      AGENT_TTL_SECONDS: '3',
      GC_INTERVAL_SECONDS: '1',
      HEARTBEAT_INTERVAL_SECONDS: '1.5',
      THREAD_SOFT_LIMIT_TOKENS: '10',
      THREAD_HARD_LIMIT_TOKENS: '20',
      THREAD_KEEP_TAIL_MESSAGES: '0',
      TOKEN_ESTIMATE_CHARS_PER_TOKEN: '3.5',
      SESSION_RETENTION_DAYS: '2',
      THREAD_RETENTION_DAYS: '3',
      REGISTRY_METRICS_WINDOW_SIZE: '64',
      HISTORY_CAPTURE: 'tap',
      HISTORY_INBOX_PREFIXES: '_INBOX.app, _INBOX.app.part',
      HTTP_PORT: '0',
      LOG_LEVEL: 'WARNING',
    });
    expect(options).toEqual({
      natsUrl: 'nats://token@127.0.0.1:5222',
      database: { kind: 'postgres', url: 'postgres://user:secret@127.0.0.1/agentnet' },
      serverId: 'registry-2',
      agentTtlSeconds: 3,
      gcIntervalSeconds: 1,
      heartbeatIntervalSeconds: 1.5,
      threadSoftLimitTokens: 10,
      threadHardLimitTokens: 20,
      threadKeepTailMessages: 0,
      tokenEstimateCharsPerToken: 3.5,
      sessionRetentionDays: 2,
      threadRetentionDays: 3,
      metricsWindowSize: 64,
      historyCapture: 'tap',
      historyInboxPrefixes: ['_INBOX.app', '_INBOX.app.part'],
      http: { host: '127.0.0.1', port: 0 },
      logLevel: 'warn',
    });
  });

  test.each([
    ['AGENT_TTL_SECONDS', 'x', 'AGENT_TTL_SECONDS must be a number >= 1, got "x"'],
    ['AGENT_TTL_SECONDS', '0.5', 'AGENT_TTL_SECONDS must be a number >= 1, got "0.5"'],
    ['HEARTBEAT_INTERVAL_SECONDS', '1e999', 'HEARTBEAT_INTERVAL_SECONDS must be a number >= 1, got "1e999"'],
    ['GC_INTERVAL_SECONDS', ' ', 'GC_INTERVAL_SECONDS must be a number >= 0.1, got " "'],
    ['SESSION_RETENTION_DAYS', '0', 'SESSION_RETENTION_DAYS must be a number >= 1, got "0"'],
    ['THREAD_KEEP_TAIL_MESSAGES', '1.5', 'THREAD_KEEP_TAIL_MESSAGES must be a whole number >= 0, got "1.5"'],
    ['THREAD_HARD_LIMIT_TOKENS', '5', 'THREAD_HARD_LIMIT_TOKENS must be a number >= 50000, got "5"'],
    ['REGISTRY_SERVER_ID', 'a.b', 'REGISTRY_SERVER_ID must be 1 to 64 letters, digits, _ or -, got "a.b"'],
    ['HISTORY_CAPTURE', 'all', 'HISTORY_CAPTURE must be one of jetstream, tap, got "all"'],
    ...['_INBOX', 'app', '_INBOX.*', '_INBOX.a.b.c', '_INBOX.agentnet'].map((prefix) => [
      'HISTORY_INBOX_PREFIXES',
      `_INBOX.app,${prefix}`,
      `HISTORY_INBOX_PREFIXES must be inbox prefixes like _INBOX.app or _INBOX.app.part, not that of agents, got "${prefix}"`,
    ]),
    ['HTTP_PORT', '99999', 'the port of HTTP_HOST/HTTP_PORT must be a whole number >= 0 and <= 65535, got 99999'],
  ])('given %s=%j, when resolved, then it is refused with the remedy [thread.retention.floor]', (name, value, message) => {
    expect(() => resolveConfig({ [name]: value })).toThrow(`[invalid_option] ${message}`);
  });

  test.each([
    ['NATS_URL', 'http://secret@host:1'],
    ['DATABASE_URL', 'mysql://user:secret@host/db'],
  ])('given a wrong %s, when resolved, then the refusal does not show the secret in it [auth.secrets]', (name, value) => {
    expect(() => resolveConfig({ [name]: value })).toThrow(new RegExp(`^\\[invalid_option\\] ${name} (?!.*secret)`));
  });

  test.each([
    ['true', true],
    [' On ', true],
    ['1', true],
    ['false', false],
    ['0', false],
  ])('given DEV_AUTH=%j, when resolved, then signed registrations are wanted: %s', (value, devAuth) => {
    expect(resolveConfig({ DEV_AUTH: value })).toMatchObject({ devAuth });
  });

  test('given AUTH_REQUIRE, when resolved, then it turns dev auth on and names one scheme [auth.v2.required]', () => {
    expect(resolveConfig({ AUTH_REQUIRE: ' V2' })).toMatchObject({ authRequire: 'v2' });
    expect(() => resolveConfig({ AUTH_REQUIRE: 'v3' })).toThrow('[invalid_option] AUTH_REQUIRE must be one of v2');
    expect(() => resolveConfig({ AUTH_REQUIRE: 'v2', DEV_AUTH: 'off' })).toThrow(
      '[invalid_option] DEV_AUTH must be on',
    );
  });

  test('given a misspelt DEV_AUTH or limits too small, when resolved, then they are refused by name', () => {
    expect(() => resolveConfig({ DEV_AUTH: 'ture' })).toThrow('[invalid_option] DEV_AUTH must be one of');
    expect(() => resolveConfig({ DEV_AUTH_MAX_SKEW_SECONDS: '0.5' })).toThrow('DEV_AUTH_MAX_SKEW_SECONDS must be');
    expect(() => resolveConfig({ DEV_AUTH_NONCE_TTL_SECONDS: '4' })).toThrow('DEV_AUTH_NONCE_TTL_SECONDS must be');
    expect(resolveOptions(resolveConfig({}))).toMatchObject({
      devAuth: false,
      devAuthMaxSkewSeconds: limits.authMaxSkewSeconds,
      devAuthNonceTtlSeconds: limits.authNonceTtlSeconds,
    });
  });

  test('given settings without effect, when asked, then they are named', () => {
    expect(
      deprecatedSettings({ DB_WRITE_BATCH_SIZE: '1', THREAD_COMPACTION_EVENT_ENABLED: 'true', NATS_URL: '' }),
    ).toEqual(['THREAD_COMPACTION_EVENT_ENABLED', 'DB_WRITE_BATCH_SIZE']);
  });
});

describe('configuration in code', () => {
  test('given an option out of range, when started, then it is refused by its own name', async () => {
    await expect(startRegistry({ ...minimal, agentTtlSeconds: 0 })).rejects.toThrow(
      '[invalid_option] agentTtlSeconds must be a number >= 1, got 0',
    );
  });

  test('given no NATS server, when started, then it fails with connect_failed', async () => {
    await expect(
      startRegistry({ ...minimal, natsUrl: 'nats://127.0.0.1:1', logLevel: 'silent' }),
    ).rejects.toMatchObject({
      code: 'connect_failed',
    });
  });
});
