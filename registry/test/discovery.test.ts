import { limits } from '@agentnet/protocol';
import { beforeAll, expect, test } from 'vitest';
import { describeOnEachDatabase } from './harness/databases.js';
import { useRegistry } from './harness/network.js';
import type { WireReply } from './harness/wire.js';

const metadata = { n: 1, f: 1.5, nested: { list: [null, true, 'ü'] } };

describeOnEachDatabase('discovery', (kind) => {
  const network = useRegistry(kind, { agentTtlSeconds: 30 });
  const usernames = (reply: WireReply): string[] => reply.results.map((row: { username: string }) => row.username);
  let alice: WireReply;

  beforeAll(async () => {
    alice = await network.wire.register({
      agent_id: 'a',
      username: 'alice',
      name: 'Agent Alice 100%',
      capabilities: ['chat', 'mesh.agent'],
      metadata,
    });
    const bob = await network.wire.register({ agent_id: 'b', username: 'bob', name: 'Agent_Bob \\ CO' });
    await network.wire.tell('goodbye', { session_tag: bob.session_tag });
    await network.wire.register({ agent_id: 'c', username: 'carol', name: 'ÉCLAIR', capabilities: ['Chat'] });
    await network.wire.register({ agent_id: 'c2', username: 'carol', name: 'ÉCLAIR', capabilities: ['Chat'] });
  });

  test('given part of a name in another case, when searched, then results are complete and ordered [S-01 discovery.search.reply]', async () => {
    const reply = await network.wire.ask('search', { query: ' AGENT ' });
    expect(reply).toEqual({
      query: ' AGENT ',
      capability: null,
      limit: limits.searchLimitDefault,
      online_only: false,
      generated_at: expect.any(String),
      results: [
        {
          account_id: alice.account_id,
          username: 'alice',
          display_name: 'Agent Alice 100%',
          capabilities: ['chat', 'mesh.agent'],
          metadata,
          visibility: 'public',
          status: 'active',
          online_sessions: 1,
          online: true,
        },
        expect.objectContaining({ username: 'bob', online_sessions: 0, online: false, capabilities: [], metadata: {} }),
      ],
    });
    expect(usernames(await network.wire.ask('search'))).toEqual(['carol', 'alice', 'bob']);
    expect(usernames(await network.wire.ask('search', { query: 'éclair' }))).toEqual(['carol']);
  });

  test.each([
    ['0', 20],
    ['-5', 1],
    ['1', 1],
    ['101', 100],
    ['1000000000000000000000', 100],
    ['null', 20],
  ])('given the limit %s, when searched, then it is echoed as %i [S-02 discovery.search.limit]', async (limit, effective) => {
    expect((await network.wire.ask('search', `{"limit":${limit}}`)).limit).toBe(effective);
  });

  test.each([
    '"3"',
    '2.9',
    'true',
    '1e999',
  ])('given the limit %s, when searched, then it is refused [discovery.search.limit-type]', async (limit) => {
    expect(await network.wire.ask('search', `{"limit":${limit}}`)).toMatchObject({
      error: 'bad_request',
      code: 'bad_request',
    });
  });

  test('given filters, when searched, then they hold exactly and are echoed [S-03 discovery.search.capability]', async () => {
    const online = await network.wire.ask('search', { online_only: true, query: 'agent' });
    expect(online).toMatchObject({ online_only: true, query: 'agent' });
    expect(usernames(online)).toEqual(['alice']);
    const chat = await network.wire.ask('search', { capability: 'chat' });
    expect(chat.capability).toBe('chat');
    expect(usernames(chat)).toEqual(['alice']);
    expect(usernames(await network.wire.ask('search', { capability: 'cha' }))).toEqual([]);
    expect(await network.wire.ask('search', { online_only: 'false' })).toMatchObject({ code: 'bad_request' });
  });

  test.each([
    ['%', ['alice']],
    ['_', ['bob']],
    ['\\', ['bob']],
  ])('given the query %s, when searched, then it is literal [S-09 discovery.search.literal]', async (query, found) => {
    expect(usernames(await network.wire.ask('search', { query }))).toEqual(found);
  });

  test('given pages of one, when followed, then every account comes once [discovery.search.paging]', async () => {
    const first = await network.wire.ask('search', { limit: 1 });
    const second = await network.wire.ask('search', { limit: 1, cursor: first.next_cursor, strict_cursor: true });
    const third = await network.wire.ask('search', { limit: 1, cursor: second.next_cursor, strict_cursor: true });
    expect([first, second, third].flatMap(usernames)).toEqual(['carol', 'alice', 'bob']);
    expect(third).not.toHaveProperty('next_cursor');
    expect(await network.wire.ask('search', { cursor: 'W10', strict_cursor: true })).toMatchObject({
      code: 'cursor_invalid',
    });
  });

  test('given an account, when its profile is read, then it has the twelve keys and its sessions [S-04 discovery.profile.reply]', async () => {
    const { generated_at, profile } = await network.wire.ask('profile', { username: '@ALICE' });
    expect(generated_at).toEqual(expect.any(String));
    expect(profile).toEqual({
      account_id: alice.account_id,
      username: 'alice',
      display_name: 'Agent Alice 100%',
      bio: '',
      capabilities: ['chat', 'mesh.agent'],
      metadata,
      visibility: 'public',
      status: 'active',
      created_at: alice.registered_at,
      updated_at: alice.registered_at,
      online: true,
      online_sessions: [
        {
          session_tag: alice.session_tag,
          agent_id: 'a',
          server_id: 'registry',
          connected_at: expect.any(String),
          last_seen: expect.any(String),
          capabilities: ['chat', 'mesh.agent'],
          metadata,
        },
      ],
    });
    const both = await network.wire.ask('profile', { account_id: alice.account_id, username: 'bob' });
    expect(both.profile.username).toBe('alice');
  });

  test('given no account to find, when a profile is read, then the exact texts come back [S-05 discovery.profile.errors]', async () => {
    for (const body of [{}, { username: '!!!' }, { account_id: ' ' }]) {
      expect(await network.wire.ask('profile', body)).toMatchObject({
        error: 'account_id or username is required',
        code: 'field_required',
      });
    }
    expect(await network.wire.ask('profile', { username: 'ghost' })).toMatchObject({
      error: 'not_found',
      code: 'not_found',
    });
    expect(await network.wire.ask('profile', [1])).toMatchObject({ error: 'profile payload must be an object' });
  });

  test('given an agent with nested metadata, when listed, searched and read, then the values are those registered [S-08 discovery.types]', async () => {
    const listed = (await network.wire.listed()).find((row) => row.session_tag === alice.session_tag);
    const [found] = (await network.wire.ask('search', { query: 'alice' })).results;
    const { profile } = await network.wire.ask('profile', { username: 'alice' });
    for (const one of [listed, found, profile, profile.online_sessions[0]]) {
      expect(one).toMatchObject({ capabilities: ['chat', 'mesh.agent'], metadata });
    }
  });

  test('given metrics, when read twice, then the keys are complete and the calls are counted [S-07 discovery.metrics.reply]', async () => {
    const first = await network.wire.ask('metrics');
    const second = await network.wire.ask('metrics', 'anything');
    expect(Object.keys(second).sort()).toEqual([
      'db_write_queue',
      'generated_at',
      'handlers',
      'latency_ms',
      'server_id',
      'store_durability',
      'store_enabled',
      'window_size',
    ]);
    expect(second).toMatchObject({ server_id: 'registry', window_size: limits.metricsWindowSize, store_enabled: true });
    const firstVersionKeys = ['batch_size', 'enabled', 'flush_ms', 'max', 'overflow_count', 'size'];
    expect(Object.keys(second.db_write_queue)).toEqual(expect.arrayContaining(firstVersionKeys));
    expect(second.handlers.metrics.calls).toBe(first.handlers.metrics.calls + 1);
    expect(second.handlers.register).toEqual({ calls: 4, errors: 0 });
    expect(second.latency_ms['handler.register']).toEqual({
      count: 4,
      p50: expect.any(Number),
      p95: expect.any(Number),
      p99: expect.any(Number),
    });
  });
});
