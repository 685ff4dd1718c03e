import { operations, type RpcName } from '@agentnet/protocol';
import { describe, expect } from 'vitest';
import { golden, onEachDeployment, rpcNames, rule, uniqueName, useNetwork } from '../harness/index.js';

const ulid = { lower: '[0-7][0-9a-hjkmnp-tv-z]{25}', upper: '[0-7][0-9A-HJKMNP-TV-Z]{25}' };
const registerKeys = ['account_id', 'heartbeat_interval', 'registered_at', 'session_tag', 'ttl_seconds', 'username'];
const { errors } = operations.register;

onEachDeployment('identity', (database) => {
  const network = useNetwork(database, { env: { REGISTRY_SERVER_ID: 'registry-a' } });

  rule(
    ['identity.register.reply', 'identity.account-id.form', 'identity.session-tag.form'],
    'given an agent id only, when it registers, then it gets an account, a session and the heartbeat',
    async () => {
      const agentId = uniqueName();
      const reply = await network().client.ask('register', { agent_id: agentId });
      expect(Object.keys(reply).sort()).toEqual(registerKeys);
      expect(reply).toMatchObject({ username: agentId, heartbeat_interval: 1, ttl_seconds: 3 });
      expect(reply.account_id).toMatch(new RegExp(`^acct_${ulid.lower}$`));
      expect(reply.session_tag).toMatch(new RegExp(`^(registry-a|replica-[0-9])_${ulid.upper}$`));
    },
  );

  rule(
    ['identity.register.stable', 'identity.session.new'],
    'given a registered username, when it registers again, then the account stays and both sessions are online',
    async () => {
      const { client } = network();
      const agentId = uniqueName();
      const first = await client.ask('register', { agent_id: agentId });
      const second = await client.ask('register', { agent_id: agentId });
      expect(second.account_id).toBe(first.account_id);
      expect(second.session_tag).not.toBe(first.session_tag);
      const { profile } = await client.ask('profile', { account_id: first.account_id });
      const tags = profile.online_sessions.map(({ session_tag }) => session_tag);
      expect(tags.sort()).toEqual([first.session_tag, second.session_tag].sort());
    },
  );

  rule(
    ['identity.username.normalise', 'identity.username.fallback'],
    'given the golden usernames, when each registers, then it is normalised, and an empty one gives way to the agent id',
    async () => {
      const { vectors } = golden<{ vectors: { input: string; normalized: string }[] }>('usernames');
      for (const { input, normalized } of vectors) {
        const agentId = uniqueName();
        const { username } = await network().client.ask('register', { agent_id: agentId, username: input });
        expect({ input, username }).toEqual({ input, username: normalized || agentId });
      }
    },
  );

  rule(
    ['identity.resolve.forms', 'identity.resolve.reply', 'identity.resolve.errors'],
    'given an account, when its username is looked up in any spelling, then the account is found',
    async () => {
      const { client } = network();
      const name = uniqueName('alice');
      const { account_id } = await client.ask('register', { agent_id: name });
      for (const spelling of [name.toUpperCase(), `@${name}`, ` ${name} `])
        expect(await client.ask('resolve_account', { username: spelling })).toEqual({
          account_id,
          username: name,
          resolved_at: expect.any(String),
        });
      expect(await client.rpc('resolve_account', { username: '!!!' })).toMatchObject({
        error: operations.resolve_account.errors.field_required,
      });
      expect(await client.rpc('resolve_account', { username: uniqueName('ghost') })).toMatchObject({
        error: operations.resolve_account.errors.not_found,
      });
    },
  );

  rule(
    ['identity.register.errors', 'rpc.not-object', 'rpc.required', 'rpc.error.shape'],
    'given no object or no agent id, when it is registered, then the exact error texts come back',
    async () => {
      const { client } = network();
      expect(await client.rpc('register', [1])).toMatchObject({
        error: errors.payload_not_object,
        code: 'payload_not_object',
      });
      for (const body of [{}, { agent_id: '' }, { agent_id: null }, ''])
        expect(await client.rpc('register', body)).toMatchObject({
          error: errors.field_required,
          code: 'field_required',
        });
    },
  );

  // The protocol's first version turned wrong types into text ("7", "None"); no published client sends them, so they are refused.
  rule(
    ['identity.register.types', 'rpc.types'],
    'given wrong JSON types, when they are registered, then they are refused by field and create nothing',
    async () => {
      const { client } = network();
      const username = uniqueName('typed');
      const wrong: [string, object][] = [
        ['agent_id', { agent_id: 7, username }],
        ['capabilities', { agent_id: 'a', username, capabilities: [1, null, true] }],
        ['capabilities', { agent_id: 'a', username, capabilities: 5 }],
        ['metadata', { agent_id: 'a', username, metadata: [1] }],
      ];
      for (const [field, body] of wrong)
        expect(await client.rpc('register', body)).toMatchObject({
          code: 'bad_request',
          detail: expect.stringContaining(field),
        });
      expect(await client.rpc('resolve_account', { username })).toMatchObject({ code: 'not_found' });
    },
  );

  rule(
    'identity.register.known-account',
    'given an account, when it registers with its account id again, then it gets the same account',
    async () => {
      const { client } = network();
      const agentId = uniqueName();
      const { account_id } = await client.ask('register', { agent_id: agentId });
      expect(await client.ask('register', { agent_id: agentId, account_id })).toMatchObject({
        account_id,
        username: agentId,
      });
    },
  );

  rule(
    'identity.register.rename',
    'given a known account, when it registers under a free name, then it is renamed, and under a taken one it is not',
    async () => {
      const { client } = network();
      const [old, free, taken] = [uniqueName(), uniqueName(), uniqueName()];
      const { account_id } = await client.ask('register', { agent_id: old });
      await client.ask('register', { agent_id: taken });
      expect(await client.ask('register', { agent_id: old, account_id, username: free })).toMatchObject({
        account_id,
        username: free,
      });
      expect(await client.ask('register', { agent_id: old, account_id, username: taken })).toMatchObject({
        account_id,
        username: free,
      });
    },
  );

  rule(
    ['identity.ids.refused', 'identity.register.text', 'subject.tokens', 'capability.name'],
    'given ids that would widen or split a subject, when they are registered, then they are refused and create nothing',
    async () => {
      const { client } = network();
      const username = uniqueName('hostile');
      const accountIds = ['*', '>', 'a.b', 'a b', 'a\r\nb', 'a\u0000b', 'a\ud800b', 'x'.repeat(65)];
      const capabilities = ['>', '*', 'a b', 'a..b', '.a', '', 'a\r\nb', 'a.*', 'a\u0000'];
      for (const account_id of accountIds)
        expect(await client.rpc('register', { agent_id: 'a', username, account_id })).toMatchObject({
          code: 'bad_request',
        });
      for (const capability of capabilities)
        expect(await client.rpc('register', { agent_id: 'a', username, capabilities: [capability] })).toMatchObject({
          code: 'bad_request',
        });
      for (const text of ['a\u0000', 'a\ud800'])
        expect(await client.rpc('register', { agent_id: text, username })).toMatchObject({ code: 'bad_request' });
      expect(await client.rpc('resolve_account', { username })).toMatchObject({ code: 'not_found' });
    },
  );

  rule(
    'identity.username.fallback.distinct',
    'given agents whose names normalise to nothing, when they register at once, then each has an account of its own',
    async () => {
      const { client } = network();
      const replies = await Promise.all(
        ['日本', '中文', '!!!'].map((agent_id) => client.ask('register', { agent_id })),
      );
      expect(new Set(replies.map(({ account_id }) => account_id)).size).toBe(3);
      expect(new Set(replies.map(({ username }) => username)).size).toBe(3);
    },
  );

  rule(
    ['identity.conflict.distinct', 'identity.conflict.form', 'identity.register.unknown-account'],
    'given own account ids that want one username, when they register at once, then each has a name that is its own',
    async () => {
      const { client } = network();
      const wanted = uniqueName('popular');
      const ids = [uniqueName('acct'), uniqueName('acct'), uniqueName('acct')];
      const replies = await Promise.all(
        ids.map((account_id) => client.ask('register', { agent_id: 'a', account_id, username: wanted })),
      );
      expect(replies.map(({ account_id }) => account_id)).toEqual(ids);
      expect(new Set(replies.map(({ username }) => username)).size).toBe(3);
      for (const { account_id, username } of replies) {
        expect(username.startsWith(wanted.slice(0, 20))).toBe(true);
        expect(await client.ask('resolve_account', { username })).toMatchObject({ account_id });
      }
    },
  );

  describe('undecodable bodies', () => {
    const bodies = { 'broken JSON': '{bad', 'bytes that are not UTF-8': new Uint8Array([0xff]) };
    const indifferent: readonly RpcName[] = ['list', 'metrics'];
    for (const operation of rpcNames)
      for (const [what, body] of Object.entries(bodies))
        rule(
          ['rpc.answered', 'rpc.malformed', 'presence.list.body'],
          `given ${what}, when it is sent to ${operation}, then an answer comes`,
          async () => {
            const expected = indifferent.includes(operation)
              ? { generated_at: expect.any(String) }
              : { error: 'bad_request', code: 'bad_request' };
            expect(await network().client.rpc(operation, body)).toMatchObject(expected);
          },
        );
  });
});
