import { randomUUID } from 'node:crypto';
import { limits } from '@agentnet/protocol';
import { expect, test } from 'vitest';
import { describeOnEachDatabase, describeOnPostgres } from './harness/databases.js';
import { useNetwork, useRegistry } from './harness/network.js';

const TTL_SECONDS = 30;
const aName = () => `n${randomUUID().replaceAll('-', '').slice(0, 20)}`;

describeOnEachDatabase('presence', (kind) => {
  const network = useRegistry(kind, { agentTtlSeconds: TTL_SECONDS });
  const rowOf = async (session_tag: string) =>
    (await network.wire.listed()).find((row) => row.session_tag === session_tag);

  test('given a registration and a hello, when listed, then the row has every field [P-01 presence.list.row]', async () => {
    const profile = {
      agent_id: 'agent_a',
      name: 'Agent A',
      capabilities: ['chat'],
      metadata: { n: 1, f: 1.5, nested: { z: null } },
    };
    const { account_id, username, session_tag } = await network.wire.register({ ...profile, username: aName() });
    await network.wire.tell('hello', {
      ...profile,
      account_id,
      username,
      session_tag,
      last_seen: '2001-01-01T00:00:00Z',
    });
    expect(await rowOf(session_tag)).toEqual({
      ...profile,
      account_id,
      username,
      session_tag,
      last_seen: expect.any(String),
    });
  });

  test('given a session, when a hello says otherwise, then name, capabilities and metadata are replaced and last_seen is ours [P-02]', async () => {
    const { session_tag } = await network.wire.register({
      agent_id: 'agent',
      username: aName(),
      capabilities: ['old'],
      metadata: { old: 1 },
    });
    const before = await rowOf(session_tag);
    network.clock.advance(1);
    await network.wire.tell('hello', {
      agent_id: 'other',
      session_tag,
      name: 'New',
      capabilities: ['new'],
      metadata: { new: [true] },
    });
    const after = await rowOf(session_tag);
    expect(after).toMatchObject({ agent_id: 'agent', name: 'New', capabilities: ['new'], metadata: { new: [true] } });
    expect(Date.parse(after.last_seen)).toBe(Date.parse(before.last_seen) + 1000);
  });

  test('given a session, when a hello leaves everything out, then its own defaults apply [presence.hello.replace]', async () => {
    const { session_tag } = await network.wire.register({
      agent_id: 'agent',
      name: 'Name',
      capabilities: ['x'],
      metadata: { a: 1 },
    });
    await network.wire.tell('hello', { agent_id: 'agent', session_tag });
    expect(await rowOf(session_tag)).toMatchObject({ name: 'agent', capabilities: [], metadata: {} });
  });

  test('given a session, when a hello claims another account and name, then both stay [presence.hello.account-fixed]', async () => {
    const victim = await network.wire.register({ agent_id: 'victim', username: aName() });
    const { account_id, username, session_tag } = await network.wire.register({
      agent_id: 'mallory',
      username: aName(),
    });
    await network.wire.tell('hello', {
      agent_id: 'mallory',
      session_tag,
      account_id: victim.account_id,
      username: victim.username,
    });
    expect(await rowOf(session_tag)).toMatchObject({ account_id, username });
  });

  test('given a silent session, when its ttl has passed, then it is offline everywhere at once [P-03 presence.ttl]', async () => {
    const username = aName();
    const { session_tag } = await network.wire.register({ agent_id: 'silent', username });
    network.clock.advance(TTL_SECONDS);
    expect(await rowOf(session_tag)).toBeDefined();
    network.clock.advance(0.001);
    expect(await rowOf(session_tag)).toBeUndefined();
    expect((await network.wire.ask('profile', { username })).profile).toMatchObject({
      online: false,
      online_sessions: [],
    });
    expect((await network.wire.ask('search', { query: username, online_only: true })).results).toEqual([]);
  });

  test('given a silent session, when a hello comes after its ttl, then it is online again', async () => {
    const { session_tag } = await network.wire.register({ agent_id: 'late', username: aName() });
    network.clock.advance(TTL_SECONDS * 2);
    await network.wire.tell('hello', { agent_id: 'late', session_tag });
    expect(await rowOf(session_tag)).toBeDefined();
  });

  test('given a session, when it says goodbye twice, then it is gone at once and nothing breaks [P-04 presence.goodbye.removes]', async () => {
    const { session_tag } = await network.wire.register({ agent_id: 'leaver', username: aName() });
    await network.wire.tell('hello', { agent_id: 'leaver', session_tag });
    await network.wire.tell('goodbye', { session_tag, agent_id: 'leaver', seen_at: 'now' });
    expect(await rowOf(session_tag)).toBeUndefined();
    await network.wire.tell('goodbye', { session_tag });
    await network.wire.tell('goodbye', { session_tag: 'nobody_has_this' });
    expect(await rowOf(session_tag)).toBeUndefined();
  });

  test('given a goodbye, when a hello arrives after it by more than a flush, then the session is back', async () => {
    const { session_tag } = await network.wire.register({ agent_id: 'back', username: aName() });
    await network.wire.tell('goodbye', { session_tag });
    await network.wire.tell('hello', { agent_id: 'back', session_tag });
    expect(await rowOf(session_tag)).toBeUndefined();
    network.clock.advance(limits.helloFlushMs / 1000 + 0.001);
    await network.wire.tell('hello', { agent_id: 'back', session_tag });
    expect(await rowOf(session_tag)).toBeDefined();
  });

  test('given an unknown tag without an account, when it says hello, then it is placed as a registration would be [presence.restore.resolve]', async () => {
    const username = aName();
    const { account_id } = await network.wire.register({ agent_id: 'a', username });
    const session_tag = `elsewhere_${aName()}`;
    await network.wire.tell('hello', { agent_id: 'a', session_tag, username: `@${username.toUpperCase()}` });
    expect(await rowOf(session_tag)).toMatchObject({ account_id, username });
  });

  test('given hellos that are incomplete or malformed, when others follow, then only those count [presence.hello.malformed]', async () => {
    const { session_tag } = await network.wire.register({ agent_id: 'good', username: aName() });
    for (const body of [
      '{bad',
      [1],
      {},
      { agent_id: 'x' },
      { session_tag: 'y' },
      { agent_id: 'x', session_tag: 'y', metadata: { a: '\u0000' } },
    ]) {
      await network.wire.tell('hello', body);
    }
    await network.wire.tell('hello', { agent_id: 'good', session_tag, name: 'Still here' });
    expect(await rowOf(session_tag)).toMatchObject({ name: 'Still here' });
    expect(await rowOf('y')).toBeUndefined();
  });

  test('given a hello of one megabyte, when listed, then the list answers without it [P-10 presence.hello.oversized]', async () => {
    const { session_tag } = await network.wire.register({ agent_id: 'big', username: aName() });
    await network.wire.tell('hello', { agent_id: 'big', session_tag, metadata: { text: 'x'.repeat(1_000_000) } });
    expect(await rowOf(session_tag)).toMatchObject({ metadata: {} });
  });

  test('given more than fits one reply, when paged, then every session comes once and in order [presence.list.paging]', async () => {
    const metadata = { text: 'x'.repeat(30_000) };
    const agents = Array.from({ length: 40 }, (_, n) => `z_long_${n}`);
    await Promise.all(agents.map((agent_id) => network.wire.register({ agent_id, metadata })));
    const seen: string[] = [];
    let cursor: string | undefined;
    let pages = 0;
    do {
      const reply = await network.wire.ask('list', { limit: 25, cursor: cursor ?? null, strict_cursor: true });
      seen.push(...reply.agents.map((row: { agent_id: string }) => row.agent_id));
      cursor = reply.next_cursor;
      pages += 1;
    } while (cursor !== undefined);
    expect(seen.filter((agent_id) => agents.includes(agent_id))).toEqual([...agents].sort());
    expect(pages).toBeGreaterThan(1);
    expect((await network.wire.ask('list', 'not an object')).agents.length).toBeLessThan(40);
  });

  test('given a cursor of nobody, when strict it is refused, and otherwise it is page one [rpc.cursor.strict]', async () => {
    expect(await network.wire.ask('list', { cursor: 'rubbish', strict_cursor: true })).toMatchObject({
      code: 'cursor_invalid',
    });
    const [first] = (await network.wire.ask('list', { limit: 1 })).agents;
    expect((await network.wire.ask('list', { cursor: 'rubbish', limit: 1 })).agents).toEqual([first]);
  });

  test('given a database that lost everything, when their hellos come, then accounts and sessions are back [P-05 P-09 presence.reregister]', async () => {
    const account_id = `acct_${aName()}`;
    const username = aName();
    const session_tag = 'registry_01M84CWV76P6K7WWQTJF20463G';
    await network.wire.tell('hello', {
      agent_id: 'a',
      session_tag,
      account_id,
      username,
      name: 'Old friend',
      capabilities: ['chat'],
    });
    expect(await rowOf(session_tag)).toMatchObject({ account_id, username, name: 'Old friend' });
    expect(await network.wire.ask('resolve_account', { username })).toMatchObject({ account_id });
    expect((await network.wire.ask('profile', { username })).profile).toMatchObject({
      online: true,
      display_name: 'Old friend',
    });
  });
});

describeOnPostgres('a restarted registry', (kind) => {
  const network = useNetwork(kind);

  test('given a registry that went away with agents online, when another starts, then age alone decides [P-05 P-08 presence.no-ghosts]', async () => {
    const username = aName();
    const first = await network.startRegistry({ agentTtlSeconds: TTL_SECONDS });
    const { account_id, session_tag } = await network.wire.register({ agent_id: 'a', username });
    await first.stop();
    await network.startRegistry({ agentTtlSeconds: TTL_SECONDS });
    await network.wire.tell('hello', { agent_id: 'a', session_tag, account_id, username });
    expect(await network.wire.listed()).toMatchObject([{ session_tag, account_id, username }]);
    network.clock.advance(TTL_SECONDS + 1);
    expect((await network.wire.ask('profile', { username })).profile.online).toBe(false);
    expect((await network.wire.ask('search', { online_only: true })).results).toEqual([]);
  });
});
