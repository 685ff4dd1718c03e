import { operations, type RpcName } from '@agentnet/protocol';
import { describe, expect, test } from 'vitest';
import { resolveConfig } from '../src/config.js';
import { makeLogger } from '../src/log.js';
import { resolveOptions } from '../src/options.js';
import { secretsOf } from '../src/secrets.js';
import { toDatabaseError } from '../src/store/database-error.js';
import { openPostgres } from '../src/store/pg.js';
import { describeOnPostgres } from './harness/databases.js';
import { useRegistry } from './harness/network.js';

const requests: Readonly<Partial<Record<RpcName, object>>> = {
  register: { agent_id: 'a' },
  list: {},
  resolve_account: { username: 'a' },
  resolve_key: { account_id: 'acct_a' },
  search: { query: 'a' },
  profile: { account_id: 'acct_a' },
  thread_status: { thread_id: 't' },
  thread_list: {},
  thread_messages: { thread_id: 't' },
  message_search: {},
};

describeOnPostgres('a registry whose database is not what it expects', (kind) => {
  const network = useRegistry(kind);

  test.each([
    ['read-only', 'ALTER DATABASE current SET default_transaction_read_only = on'],
    [
      'without tables',
      'BEGIN READ WRITE; DROP TABLE agent_accounts, agent_sessions, agent_threads, agent_messages CASCADE; COMMIT',
    ],
  ])('given a database %s, when every operation is called, then no answer tells why [rpc.error.private]', async (_, sql) => {
    const { options } = network.database;
    if (options.kind !== 'postgres') throw new Error('this test needs a server');
    const name = new URL(options.url).pathname.slice(1);
    const admin = openPostgres(options.url);
    await admin.query(sql.replace('DATABASE current', `DATABASE ${name}`));
    await admin.query(
      'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1 AND pid <> pg_backend_pid()',
      [name],
    );
    const rpcs = Object.keys(operations).filter((one) => one in requests) as RpcName[];
    for (const rpc of rpcs) {
      const reply = await network.wire.ask(rpc, requests[rpc]);
      if (reply.code === 'internal_error') expect(Object.keys(reply).sort()).toEqual(['code', 'error']);
      expect(JSON.stringify(reply)).not.toMatch(/agent_|relation|column|select|insert|transaction|127\.0\.0\.1/i);
    }
    await admin.close();
  });
});

describe('the log', () => {
  const options = {
    natsUrl: 'nats://t0ken%2Fone@10.0.0.1:4222,10.0.0.2:4222',
    database: { kind: 'postgres', url: 'postgres://registry:p%22ss%20word@db/agentnet' } as const,
  };

  test('given errors that quote addresses, when they are logged, then no line holds a token or a password', () => {
    const lines: string[] = [];
    const log = makeLogger({ level: 'trace', secrets: secretsOf(options), to: { write: (line) => lines.push(line) } });
    const cause = Object.assign(new Error(`cannot reach ${options.database.url}`), {
      connectionString: options.database.url,
    });
    log.error({ event: 'failed', err: toDatabaseError(cause), nats: options.natsUrl }, 'with t0ken/one');
    log.child({ password: 'p"ss word' }).info('decoded');
    expect(lines).toHaveLength(2);
    expect(lines.join('')).not.toMatch(/t0ken|p%22ss|ss word/);
    expect(lines.map((line) => JSON.parse(line).event)).toEqual(['failed', undefined]);
  });
});

describe('the token everybody knows', () => {
  const known = 'agentnet_secret_token';

  test.each(['127.0.0.1', '127.1.2.3', 'localhost', '[::1]'])('given a server at %s, then it is taken', (host) => {
    expect(() => resolveConfig({ NATS_URL: `nats://${known}@${host}:4222` })).not.toThrow();
  });

  test.each([
    `nats://${known}@nats:4222`,
    `nats://${known}@10.0.0.1`,
    `nats://u:${known}@example.org`,
    `${known}@10.0.0.1`,
    `nats://${known}@127.0.0.1,nats://${known}@10.0.0.1`,
    `nats://${known}@127.0.0.1.example.org`,
  ])('given %s, then it is refused unless it is allowed', (NATS_URL) => {
    expect(() => resolveConfig({ NATS_URL })).toThrow(
      /^\[invalid_option\] NATS_URL has the token everybody knows .* ALLOW_PUBLIC_TOKEN/,
    );
    expect(resolveOptions(resolveConfig({ NATS_URL, ALLOW_PUBLIC_TOKEN: 'true' })).allowPublicToken).toBe(true);
  });
});
