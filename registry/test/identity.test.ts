import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { limits, operations, type RpcName } from '@agentnet/protocol';
import { describe, expect, test } from 'vitest';
import { describeOnEachDatabase } from './harness/databases.js';
import { useRegistry } from './harness/network.js';

const usernames: { input: string; normalized: string }[] = JSON.parse(
  readFileSync(new URL('golden/usernames.json', import.meta.url), 'utf8'),
).vectors;

/** A name no other test has. */
const aName = () => `n${randomUUID().replaceAll('-', '').slice(0, 20)}`;

describeOnEachDatabase('identity', (kind) => {
  const network = useRegistry(kind, { serverId: 'reg-1', agentTtlSeconds: 30, heartbeatIntervalSeconds: 5 });

  describe('registration', () => {
    test('given only an agent id, when registered, then the reply has exactly the six keys [I-01 identity.register.reply]', async () => {
      const reply = await network.wire.register({ agent_id: 'a' });
      expect(reply).toEqual({
        account_id: expect.stringMatching(/^acct_[0-9a-hjkmnp-tv-z]{26}$/),
        username: 'a',
        session_tag: expect.stringMatching(/^reg-1_[0-9A-HJKMNP-TV-Z]{26}$/),
        heartbeat_interval: 5,
        ttl_seconds: 30,
        registered_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/),
      });
    });

    test('given a username, when registered twice, then one account has two sessions [I-02 identity.register.stable]', async () => {
      const username = aName();
      const first = await network.wire.register({ agent_id: 'one', username });
      const second = await network.wire.register({ agent_id: 'two', username });
      expect(second.account_id).toBe(first.account_id);
      expect(second.session_tag).not.toBe(first.session_tag);
      const { profile } = await network.wire.ask('profile', { username });
      expect(profile.online_sessions).toHaveLength(2);
    });

    test('given every golden username, when registered, then the reply has its normal form [I-03 identity.username.normalise]', async () => {
      for (const { input, normalized } of usernames) {
        const agent_id = aName();
        const reply = await network.wire.register({ agent_id, username: input });
        expect(reply.username).toBe(normalized || agent_id);
      }
    });

    test('given an empty name and a spaced agent id, when registered, then both fall back [identity.register.defaults]', async () => {
      const agent_id = `Agent ${aName()}`;
      const { username } = await network.wire.register({ agent_id, name: '', capabilities: null, metadata: null });
      expect(username).toBe(agent_id.toLowerCase().replace(' ', '_'));
      const { profile } = await network.wire.ask('profile', { username });
      expect(profile).toMatchObject({ display_name: agent_id, capabilities: [], metadata: {} });
    });

    test('given a known account id, when registered again, then the account stays and its profile is replaced [I-07]', async () => {
      const username = aName();
      const { account_id } = await network.wire.register({ agent_id: 'a', username, name: 'Old', capabilities: ['x'] });
      const again = await network.wire.register({
        agent_id: 'a',
        account_id,
        username,
        name: 'New',
        metadata: { v: 2 },
      });
      expect(again).toMatchObject({ account_id, username });
      const { profile } = await network.wire.ask('profile', { account_id });
      expect(profile).toMatchObject({ display_name: 'New', capabilities: [], metadata: { v: 2 } });
    });

    test('given a known account and another username, then it is renamed when free and not when taken [identity.register.rename]', async () => {
      const [old, free, taken] = [aName(), aName(), aName()];
      await network.wire.register({ agent_id: 'other', username: taken });
      const { account_id } = await network.wire.register({ agent_id: 'a', username: old });
      expect(await network.wire.register({ agent_id: 'a', account_id, username: free })).toMatchObject({
        account_id,
        username: free,
      });
      expect(await network.wire.register({ agent_id: 'a', account_id, username: taken })).toMatchObject({
        account_id,
        username: free,
      });
      expect(await network.wire.ask('resolve_account', { username: old })).toMatchObject({ code: 'not_found' });
    });

    test('given an unknown account id, when registered, then the account has exactly that id [identity.register.unknown-account]', async () => {
      const account_id = `own-${aName()}`;
      expect(await network.wire.register({ agent_id: aName(), account_id })).toMatchObject({ account_id });
    });

    test('given three unknown account ids and one username, then three usernames resolve to their own accounts [I-10]', async () => {
      const username = 'p'.repeat(limits.usernameMaxLength);
      const accounts = [aName(), aName(), aName()];
      const replies = await Promise.all(
        accounts.map((account_id) => network.wire.register({ agent_id: 'a', account_id, username })),
      );
      const names = replies.map((reply) => reply.username as string);
      expect(new Set(names).size).toBe(3);
      for (const [at, name] of names.entries()) {
        expect(name.length).toBeLessThanOrEqual(limits.usernameMaxLength);
        expect(name.startsWith(username.slice(0, 24))).toBe(true);
        expect(await network.wire.ask('resolve_account', { username: name })).toMatchObject({
          account_id: accounts[at],
          username: name,
        });
      }
    });

    test('given names of which nothing can stay, when registered together, then accounts differ [I-09 identity.username.fallback.distinct]', async () => {
      const replies = await Promise.all(
        ['日本', '中文', '日本'].map((agent_id) => network.wire.register({ agent_id })),
      );
      expect(new Set(replies.map((reply) => reply.account_id)).size).toBe(3);
      for (const reply of replies) expect(reply.username).toMatch(/^agent_[0-9a-z]+$/);
    });

    test('given twenty registrations of one new username at once, then all get one account [identity.register.concurrent]', async () => {
      const username = aName();
      const replies = await Promise.all(
        Array.from({ length: 20 }, (_, n) => network.wire.register({ agent_id: `a${n}`, username })),
      );
      expect(new Set(replies.map((reply) => reply.account_id)).size).toBe(1);
      expect(new Set(replies.map((reply) => reply.session_tag)).size).toBe(20);
    });
  });

  describe('refusals', () => {
    test('given no object or no agent id, when registered, then the exact texts come back [I-05 identity.register.errors]', async () => {
      expect(await network.wire.ask('register', [1])).toMatchObject({
        error: 'register payload must be an object',
        code: 'payload_not_object',
      });
      for (const body of [{}, { agent_id: '' }, { agent_id: null }, '']) {
        expect(await network.wire.ask('register', body)).toMatchObject({
          error: 'agent_id is required',
          code: 'field_required',
        });
      }
    });

    test.each([
      { account_id: '*' },
      { account_id: '>' },
      { account_id: 'a.b' },
      { account_id: 'a b' },
      { account_id: 'a\r\nb' },
      { capabilities: ['>'] },
      { capabilities: ['*'] },
      { capabilities: ['a b'] },
      { capabilities: ['a..b'] },
      { metadata: [1] },
      { metadata: { deep: ['\u0000'] } },
      { name: 'lone \ud800' },
      { capabilities: 'abc' },
    ])('given %j, when registered, then it is refused and nothing is made [I-08 identity.ids.refused]', async (wrong) => {
      const username = aName();
      expect(await network.wire.ask('register', { agent_id: 'a', username, ...wrong })).toMatchObject({
        code: 'bad_request',
      });
      expect(await network.wire.ask('resolve_account', { username })).toMatchObject({ code: 'not_found' });
    });

    test('given a profile of more than the limit, when registered, then it is refused and nothing is made [identity.profile.too-large]', async () => {
      const username = aName();
      const metadata = { text: 'x'.repeat(limits.profileMaxBytes) };
      expect(await network.wire.register({ agent_id: 'a', username, metadata })).toMatchObject({
        error: 'profile_too_large',
        code: 'profile_too_large',
      });
      expect(await network.wire.ask('resolve_account', { username })).toMatchObject({ code: 'not_found' });
    });

    const rpcs = Object.entries(operations)
      .filter(([, { role }]) => role === 'rpc')
      .map(([name]) => name as RpcName);
    test.each(
      rpcs,
    )('given an undecodable body, when sent to %s, then there is an answer [I-11 rpc.answered]', async (operation) => {
      for (const body of ['{bad', new Uint8Array([0xff])]) {
        const reply = await network.wire.ask(operation, body);
        const answersAsUsual = operation === 'list' || operation === 'metrics';
        expect(reply.code).toBe(answersAsUsual ? undefined : 'bad_request');
      }
    });
  });

  describe('resolving', () => {
    test('given an account, when looked up in every spelling, then it is found [I-04 identity.resolve.forms]', async () => {
      const name = aName();
      const { account_id } = await network.wire.register({ agent_id: 'a', username: name });
      for (const username of [name, `@${name}`, ` ${name} `, name.toUpperCase()]) {
        expect(await network.wire.ask('resolve_account', { username })).toEqual({
          account_id,
          username: name,
          resolved_at: expect.any(String),
        });
      }
    });

    test('given no usable username, when resolved, then the exact texts come back [identity.resolve.errors]', async () => {
      for (const body of [{}, { username: '' }, { username: '!!!' }]) {
        expect(await network.wire.ask('resolve_account', body)).toMatchObject({
          error: 'username is required',
          code: 'field_required',
        });
      }
      expect(await network.wire.ask('resolve_account', { username: 'ghost' })).toMatchObject({
        error: 'not_found',
        code: 'not_found',
      });
      expect(await network.wire.ask('resolve_account', [1])).toMatchObject({
        error: 'resolve payload must be an object',
      });
    });

    test('given no dev auth, when a key is asked for, then the exact texts come back [S-06 discovery.key.errors]', async () => {
      const { account_id } = await network.wire.register({ agent_id: aName() });
      expect(await network.wire.ask('resolve_key', { account_id })).toMatchObject({ error: 'not_found' });
      expect(await network.wire.ask('resolve_key', { account_id: 'a\u0000b' })).toHaveProperty('error');
      for (const body of [{}, { account_id: ' ' }]) {
        expect(await network.wire.ask('resolve_key', body)).toMatchObject({ error: 'account_id is required' });
      }
    });
  });
});
