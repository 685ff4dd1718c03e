import { randomUUID } from 'node:crypto';
import { nowTimestamp, type RegisterRequest, subjects } from '@agentnet/protocol';
import { makeKeyPair, rawMember, readAuth, verifyClaims } from '@agentnet/sdk/identity';
import { expect } from 'vitest';
import {
  onEachDatabase,
  type RegistrationChanges,
  rule,
  signedAccount,
  signedRegistration,
  uniqueName,
  useKeyDir,
  useNetwork,
} from '../harness/index.js';

onEachDatabase('signed registration', (database) => {
  const network = useNetwork(database, { env: { AGENT_TTL_SECONDS: '60', DEV_AUTH: 'true' } });

  const keyDir = useKeyDir();

  const pair = makeKeyPair();
  const register = (request: RegisterRequest, changes: RegistrationChanges = {}, by = pair) =>
    network().client.rpc('register', signedRegistration(by, request, changes));
  const inSeconds = (seconds: number) => ({ claims: { timestamp: nowTimestamp(Date.now() + seconds * 1000) } });
  const state = async (username: string) => {
    const { client } = network();
    const { profile } = await client.ask('profile', { username });
    const { account_id } = await client.ask('resolve_account', { username });
    const { public_key } = await client.ask('resolve_key', { account_id });
    return { profile, account_id, public_key };
  };

  rule(
    ['auth.register.ok', 'auth.register.key'],
    'given a signed registration, when it arrives, then it succeeds and its key is the account’s',
    async () => {
      const account = await signedAccount(network().client);
      const { account_id, public_key } = await state(account.username);
      expect({ account_id, public_key }).toEqual({ account_id: account.accountId, public_key: account.pair.publicKey });
    },
  );

  rule(
    'auth.register.claims',
    'given an agent with a key, when it joins, then it signs exactly the six claims, and names its username',
    async () => {
      const registers = await network().client.subscribe(subjects.registryRegister);
      const peer = await network().peer({ auth: { enabled: true, keyDir: keyDir() } });
      const { text, json } = await registers.next();
      const auth = readAuth(rawMember(text, 'auth') ?? 'null');
      if (typeof auth === 'string') throw new Error(auth);
      expect(verifyClaims(auth)).toBe(true);
      expect(Object.fromEntries(auth.claims)).toEqual({
        agent_id: peer.agentId,
        name: peer.agentId,
        username: peer.agentId,
        account_id: '',
        timestamp: expect.any(String),
        nonce: expect.stringMatching(/^[0-9a-f]{32}$/),
      });
      expect(json).toMatchObject({ username: peer.agentId });
      registers.unsubscribe();
    },
  );

  rule(
    ['auth.register.refusals', 'auth.register.skew'],
    'given registrations with one fault and all later ones, when they arrive, then each is refused with the first',
    async () => {
      const username = uniqueName();
      const request = { agent_id: username, username, name: 'Name' };
      const bound = await register(request);
      expect(bound).toHaveProperty('account_id');
      const other = makeKeyPair();
      const late = { timestamp: nowTimestamp(Date.now() - 125_000) };
      const bad = { signature: 'A'.repeat(86) };
      const refusals: [string, object][] = [
        ['auth_required', { ...request }],
        ['auth_required', { ...request, auth: 'text' }],
        ['auth_required', { ...request, auth: null }],
        ['auth_scheme_invalid', signedRegistration(other, request, { auth: { scheme: 'x', signature: '' } })],
        [
          'auth_payload_invalid',
          signedRegistration(other, request, { claims: { nonce: '' }, auth: { signature: '' } }),
        ],
        ['auth_payload_invalid', signedRegistration(other, request, { auth: { claims: [] } })],
        ['auth_payload_invalid', signedRegistration(other, request, { auth: { public_key: '' } })],
        ['auth_claims_invalid', signedRegistration(other, request, { claims: { nonce: '', agent_id: 'x' } })],
        ['auth_claims_invalid', signedRegistration(other, request, { claims: { timestamp: '' } })],
        ['auth_claims_agent_mismatch', signedRegistration(other, request, { claims: { agent_id: 'x', name: 'x' } })],
        ['auth_claims_name_mismatch', signedRegistration(other, request, { claims: { name: 'x', username: 'x' } })],
        [
          'auth_claims_username_mismatch',
          signedRegistration(other, request, { claims: { username: 'x', account_id: 'x' } }),
        ],
        ['auth_claims_username_mismatch', signedRegistration(other, request, { claims: { username: '' } })],
        [
          'auth_claims_account_mismatch',
          signedRegistration(other, request, { claims: { account_id: 'acct_other', timestamp: 'x' } }),
        ],
        [
          'auth_claims_timestamp_invalid',
          signedRegistration(other, request, { claims: { timestamp: 'x' }, auth: bad }),
        ],
        ['auth_claims_timestamp_skew', signedRegistration(other, request, { claims: late, auth: bad })],
        ['auth_claims_timestamp_skew', signedRegistration(other, request, inSeconds(125))],
        ['auth_signature_invalid', signedRegistration(other, request, { auth: bad })],
        ['auth_public_key_mismatch', signedRegistration(other, request)],
      ];
      for (const [error, body] of refusals)
        expect([error, await network().client.rpc('register', body)]).toEqual([
          error,
          expect.objectContaining({ error, code: error }),
        ]);
      for (const seconds of [119, -119])
        expect(await register(request, inSeconds(seconds))).toHaveProperty('account_id');
    },
  );

  rule(
    'auth.register.replay',
    'given a nonce that was spent, even by a wrong key or before a restart, when it comes again, then it is refused',
    async () => {
      const { client, registry } = network();
      const username = uniqueName();
      const request = { agent_id: username, username };
      const replayed = expect.objectContaining({ error: 'auth_nonce_replayed' });
      const first = signedRegistration(pair, request);
      expect(await client.rpc('register', first)).toHaveProperty('account_id');
      expect(await client.rpc('register', first)).toEqual(replayed);
      const nonce = randomUUID();
      expect(await register(request, { claims: { nonce } }, makeKeyPair())).toMatchObject({
        error: 'auth_public_key_mismatch',
      });
      expect(await register(request, { claims: { nonce } })).toEqual(replayed);
      const nameless = signedRegistration(pair, { agent_id: '日本' });
      expect(await client.rpc('register', nameless)).toHaveProperty('account_id');
      expect(await client.rpc('register', nameless)).toEqual(replayed);
      await registry.restart();
      expect(await client.rpc('register', first)).toEqual(replayed);
    },
    { timeout: 90_000 },
  );

  rule(
    'auth.refusal.no-change',
    'given refused registrations with new facts, when they have been refused, then no account has changed or come',
    async () => {
      const { client } = network();
      const username = uniqueName();
      const victim = await client.ask(
        'register',
        signedRegistration(pair, { agent_id: username, username, name: 'V' }),
      );
      const before = await state(username);
      const evil = {
        agent_id: username,
        name: 'EVIL',
        capabilities: ['evil'],
        metadata: { public_key: 'evil', evil: 1 },
      };
      const wanted = uniqueName('new');
      const attempts: RegisterRequest[] = [
        { ...evil, username },
        { ...evil, username: wanted },
        { ...evil, username: wanted, account_id: victim.account_id },
        { ...evil, account_id: victim.account_id },
      ];
      for (const attempt of attempts) {
        expect(await client.rpc('register', attempt)).toMatchObject({ error: 'auth_required' });
        const forged = signedRegistration(pair, attempt, { auth: { signature: 'A'.repeat(86) } });
        expect(await client.rpc('register', forged)).toMatchObject({ error: 'auth_signature_invalid' });
      }
      const stolen = { ...evil, username: wanted, account_id: victim.account_id };
      expect(await register(stolen, {}, makeKeyPair())).toMatchObject({ error: 'auth_public_key_mismatch' });
      expect(await state(username)).toEqual(before);
      expect(await client.rpc('resolve_account', { username: wanted })).toMatchObject({ error: 'not_found' });
      expect((await client.ask('search', { query: 'EVIL' })).results).toEqual([]);
      // The owner may write metadata; the bound key is not among it.
      const own = { ...evil, username, name: 'Own' };
      expect(await register(own)).toMatchObject({ account_id: victim.account_id });
      expect((await state(username)).public_key).toBe(pair.publicKey);
    },
  );

  rule(
    'auth.register.no-username',
    'given a signed registration without username, when it arrives, then it gets the derived one',
    async () => {
      const agent_id = uniqueName('Solo');
      expect(await register({ agent_id })).toMatchObject({ username: agent_id.toLowerCase() });
      expect(await register({ agent_id: '中文' })).toMatchObject({ username: expect.stringMatching(/^agent_/) });
      const again = await register({ agent_id });
      expect(again).toMatchObject({ username: agent_id.toLowerCase() });
    },
  );

  rule(
    ['auth.register.key', 'auth.refusal.no-change'],
    'given twenty keys that claim one new name at once, when all have been answered, then one has it',
    async () => {
      const username = uniqueName();
      const pairs = Array.from({ length: 20 }, makeKeyPair);
      const replies = await Promise.all(pairs.map((one) => register({ agent_id: username, username }, {}, one)));
      const winners = pairs.filter((_, index) => replies[index] && 'account_id' in replies[index]);
      expect(winners).toHaveLength(1);
      expect((await state(username)).public_key).toBe(winners[0]?.publicKey);
      expect(replies.filter((reply) => reply['error'] === 'auth_public_key_mismatch')).toHaveLength(19);
    },
  );

  rule(
    'auth.refusal.no-change',
    'given an unsigned hello of an unknown session, when it names an account by username, then no account changes',
    async () => {
      const { client } = network();
      const account = await signedAccount(client);
      const before = await state(account.username);
      const hello = {
        agent_id: 'evil',
        name: 'EVIL',
        capabilities: ['evil'],
        metadata: {},
        session_tag: uniqueName('tag'),
      };
      client.publish(subjects.registryHello, { ...hello, username: account.username });
      client.publish(subjects.registryHello, {
        ...hello,
        session_tag: uniqueName('tag'),
        username: uniqueName('ghost'),
      });
      await client.ask('list');
      expect(await state(account.username)).toEqual(before);
      expect((await client.ask('search', { query: 'EVIL' })).results).toEqual([]);
    },
  );
});
