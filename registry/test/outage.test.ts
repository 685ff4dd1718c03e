import pg from 'pg';
import { afterAll, describe, expect, test } from 'vitest';
import { type RunningRegistry, startRegistry } from '../src/index.js';
import { describeOnPostgres } from './harness/databases.js';
import { eventually } from './harness/eventually.js';
import { type NatsServer, startNatsServer } from './harness/nats-server.js';
import { useNetwork, useRegistry } from './harness/network.js';

/** Refuses and breaks every connection to one database, as an outage does, until `end`. */
async function interruptDatabase(url: string): Promise<{ end(): Promise<void> }> {
  const name = new URL(url).pathname.slice(1);
  const admin = new pg.Client({ connectionString: process.env['AGENTNET_TEST_POSTGRES_URL'] });
  await admin.connect();
  await admin.query(`ALTER DATABASE ${name} ALLOW_CONNECTIONS false`);
  await admin.query('SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1', [name]);
  return {
    async end() {
      await admin.query(`ALTER DATABASE ${name} ALLOW_CONNECTIONS true`);
      await admin.end();
    },
  };
}

describeOnPostgres('a database outage', (kind) => {
  const network = useRegistry(kind);

  test('given no database, then every query is answered, and hellos heard meanwhile count afterwards [rpc.store-down, rpc.error.internal]', async () => {
    const { session_tag } = await network.wire.register({ agent_id: 'a' });
    if (network.database.options.kind !== 'postgres') throw new Error('this test needs a server');
    const outage = await interruptDatabase(network.database.options.url);
    await network.wire.tell('hello', { agent_id: 'a', session_tag, name: 'Heard in the dark' });
    expect(await network.wire.ask('list')).toEqual({ error: 'list_failed', code: 'internal_error' });
    expect(await network.wire.ask('register', { agent_id: 'b' })).toEqual({
      error: 'failed resolving account identity',
      code: 'internal_error',
    });
    expect(await network.wire.ask('resolve_account', { username: 'a' })).toMatchObject({ error: 'resolve_failed' });
    await outage.end();
    const names = async () => (await network.wire.ask('list')).agents?.map((row: { name: string }) => row.name);
    await eventually(names, ['Heard in the dark']);
  });
});

describeOnPostgres('a stopping registry', (kind) => {
  const network = useNetwork(kind);

  test('given calls under way, when stopped, then each is answered or refused at once by NATS, and none is left waiting', async () => {
    const registry = await network.startRegistry();
    const calls = Array.from({ length: 100 }, (_, n) => network.wire.register({ agent_id: `a${n}` }));
    await network.wire.connection.flush();
    await registry.stop();
    await registry.stopped;
    const settled = await Promise.allSettled(calls);
    expect(settled.filter(({ status }) => status === 'fulfilled')).toHaveLength(100);
    await expect(network.wire.ask('list')).rejects.toThrow(/no responders/i);
  });
});

describe('a registry that lost its NATS', () => {
  const servers: NatsServer[] = [];
  let registry: RunningRegistry | undefined;

  afterAll(async () => {
    await registry?.stop().catch(() => {});
    for (const server of servers) await server.stop();
  });

  test('given a server that is away, when stopped, then the registry ends all the same', async () => {
    const gone = await startNatsServer();
    registry = await startRegistry({
      natsUrl: gone.url,
      database: { kind: 'pglite', dataDir: 'memory://' },
      logLevel: 'silent',
    });
    await gone.stop();
    await registry.stop();
    await expect(registry.stopped).resolves.toBeUndefined();
  });

  test('given a server that came back with another token, then the registry ends by itself and says why', async () => {
    const first = await startNatsServer({ token: 'before' });
    registry = await startRegistry({
      natsUrl: first.url,
      database: { kind: 'pglite', dataDir: 'memory://' },
      logLevel: 'silent',
    });
    await first.stop();
    servers.push(await startNatsServer({ token: 'after', port: Number(new URL(first.url).port) }));
    await expect(registry.stopped).rejects.toMatchObject({
      code: 'authorization_failed',
      message: expect.stringContaining('the connection to NATS is lost for good'),
    });
  });
});
