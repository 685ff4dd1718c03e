import { randomUUID } from 'node:crypto';
import { limits } from '@agentnet/protocol';
import { type KeyPair, makeKeyPair, registerClaims, signClaims } from '@agentnet/sdk/identity';
import { expect, test } from 'vitest';
import { rebindKey } from '../src/rebind-key.js';
import { describeOnEachDatabase } from './harness/databases.js';
import { type Network, useNetwork, useRegistry } from './harness/network.js';
import { askSigned, type CallSigner, tellSigned } from './harness/signed-call.js';
import type { WireReply } from './harness/wire.js';

const aName = () => `n${randomUUID().replaceAll('-', '').slice(0, 20)}`;

/** The calls of one signing account. */
function callsOf({ wire, clock }: Network) {
  const by = (pair: KeyPair, signer: Partial<CallSigner> & Pick<CallSigner, 'purpose'>): CallSigner => ({
    pair,
    signedAtMs: clock.now(),
    ...signer,
  });
  const register = (pair: KeyPair, username: string, changes: Partial<CallSigner> = {}): Promise<WireReply> =>
    askSigned(wire, 'register', { agent_id: 'agent', username }, by(pair, { purpose: 'register', ...changes }));
  const rotate = (
    pair: KeyPair,
    accountId: string,
    to: KeyPair,
    changes: Partial<CallSigner> = {},
  ): Promise<WireReply> =>
    askSigned(
      wire,
      'rotate_key',
      { account_id: accountId, new_public_key: to.publicKey },
      by(pair, { purpose: 'rotate', accountId, proof: to, ...changes }),
    );
  const revoke = (pair: KeyPair, accountId: string, public_key: string): Promise<WireReply> =>
    askSigned(wire, 'revoke_key', { account_id: accountId, public_key }, by(pair, { purpose: 'revoke', accountId }));
  const keyOf = (account_id: string) => wire.ask('resolve_key', { account_id });
  const isOnline = async (tag: string) => (await wire.listed()).some(({ session_tag }) => session_tag === tag);
  const hello = (pair: KeyPair, { account_id, session_tag }: WireReply, signedAtMs = clock.now()) =>
    tellSigned(
      wire,
      'hello',
      { agent_id: 'agent', account_id, session_tag },
      by(pair, {
        purpose: 'hello',
        accountId: account_id,
        sessionTag: session_tag,
        signedAtMs,
      }),
    );
  const goodbye = (pair: KeyPair, { account_id, session_tag }: WireReply, signedAtMs = clock.now()) =>
    tellSigned(
      wire,
      'goodbye',
      { agent_id: 'agent', session_tag },
      by(pair, {
        purpose: 'goodbye',
        accountId: account_id,
        sessionTag: session_tag,
        signedAtMs,
      }),
    );
  return { register, rotate, revoke, keyOf, isOnline, hello, goodbye };
}

function claimed(pair: KeyPair, username: string, nowMs: number, nonce: string = randomUUID()) {
  const timestamp = new Date(nowMs).toISOString();
  const claims = registerClaims({ agentId: 'agent', name: 'agent', username, accountId: '', timestamp, nonce });
  return { agent_id: 'agent', username, auth: { ...signClaims(claims, pair) } };
}

describeOnEachDatabase('registrations with a detached signature', (kind) => {
  const network = useRegistry(kind, { devAuth: true, agentTtlSeconds: 1000 });
  const calls = () => callsOf(network);

  test('given a signed registration, when it arrives, then it binds the key, and the reply names the schemes [auth.v2.register]', async () => {
    const [pair, username] = [makeKeyPair(), aName()];
    const reply = await calls().register(pair, username);
    expect(reply).toMatchObject({ username, signing: { schemes: ['dev-ed25519-v1', 'ed25519-v2'] } });
    expect(await calls().keyOf(reply.account_id)).toMatchObject({ public_key: pair.publicKey, scheme: 'ed25519-v2' });
    expect(await calls().register(makeKeyPair(), username)).toMatchObject({ code: 'auth_public_key_mismatch' });
  });

  test.each<[string, Partial<CallSigner>]>([
    ['auth_signature_invalid', { signedBody: '{}' }],
    ['auth_purpose_mismatch', { purpose: 'rotate' }],
    ['auth_claims_agent_mismatch', { agentId: 'another' }],
    ['auth_claims_account_mismatch', { accountId: 'acct_another' }],
    ['auth_payload_invalid', { nonce: '' }],
    ['auth_claims_timestamp_skew', { signedAtMs: 0 }],
  ])('given a fault, when it is %s, then the registration is refused and makes no account [auth.v2.register]', async (code, changes) => {
    const username = aName();
    expect(await calls().register(makeKeyPair(), username, changes)).toMatchObject({ code });
    expect(await network.wire.ask('resolve_account', { username })).toMatchObject({ code: 'not_found' });
  });

  test('given a header and an auth member with one nonce, when the header is stripped and the rest sent again, then it is a replay [auth.v2.register]', async () => {
    const [pair, username, nonce] = [makeKeyPair(), aName(), randomUUID()];
    expect(await calls().register(pair, username, { nonce })).toHaveProperty('account_id');
    const rest = claimed(pair, username, network.clock.now(), nonce);
    expect(await network.wire.register(rest)).toMatchObject({ code: 'auth_nonce_replayed' });
  });

  test('given sessions of both schemes, when the key is resolved, then the scheme is the one all speak [auth.v2.v1-peers]', async () => {
    const [pair, username] = [makeKeyPair(), aName()];
    const first = await network.wire.register(claimed(pair, username, network.clock.now()));
    await calls().register(pair, username);
    expect(await calls().keyOf(first.account_id)).toMatchObject({ scheme: 'dev-ed25519-v1' });
    await network.wire.tell('goodbye', { session_tag: first.session_tag });
    await expect.poll(() => calls().keyOf(first.account_id)).toMatchObject({ scheme: 'ed25519-v2' });
  });

  test('given a session that signs, when others say goodbye or hello for it, then only its own word counts [auth.v2.presence]', async () => {
    const [pair, username] = [makeKeyPair(), aName()];
    const { hello, goodbye, isOnline, register } = calls();
    const session = await register(pair, username);
    const at = network.clock.now();
    await network.wire.tell('goodbye', { session_tag: session.session_tag });
    await goodbye(makeKeyPair(), session, at + 1);
    expect(await isOnline(session.session_tag)).toBe(true);
    const again = await hello(pair, session, at + 2);
    await network.wire.ask('list');
    network.clock.advance(1);
    const end = await goodbye(pair, session, at + 3);
    await expect.poll(() => isOnline(session.session_tag)).toBe(false);
    network.clock.advance(1);
    await again();
    await network.wire.tell('hello', {
      agent_id: 'agent',
      account_id: session.account_id,
      session_tag: session.session_tag,
    });
    await hello(makeKeyPair(), session, at + 10);
    expect(await isOnline(session.session_tag)).toBe(false);
    await hello(pair, session, at + 4);
    expect(await isOnline(session.session_tag)).toBe(true);
    await end();
    expect(await isOnline(session.session_tag)).toBe(true);
  });
});

describeOnEachDatabase('rotation and revocation', (kind) => {
  const network = useRegistry(kind, { devAuth: true, agentTtlSeconds: 1000 });
  const calls = () => callsOf(network);
  const anAccount = async () => {
    const [pair, username] = [makeKeyPair(), aName()];
    const session = await calls().register(pair, username);
    return { pair, username, session, accountId: session.account_id as string };
  };

  test('given both signatures, when a key is rotated, then the new one registers and the old one verifies for a while [auth.key.rotate]', async () => {
    const { pair, username, accountId, session } = await anAccount();
    const next = makeKeyPair();
    const changes = network.wire.connection.subscribe('agentnet.keys.changed', { max: 1 });
    expect(await calls().rotate(pair, accountId, next)).toMatchObject({
      public_key: next.publicKey,
      previous_public_key: pair.publicKey,
    });
    for await (const change of changes) expect(change.json()).toMatchObject({ account_id: accountId });
    expect(await calls().keyOf(accountId)).toMatchObject({
      public_key: next.publicKey,
      previous_public_key: pair.publicKey,
    });
    expect(await calls().register(pair, username)).toMatchObject({ code: 'auth_public_key_mismatch' });
    expect(await calls().register(next, username)).toMatchObject({ account_id: accountId });
    await calls().goodbye(pair, session);
    await expect.poll(() => calls().isOnline(session.session_tag)).toBe(false);
    network.clock.advance(limits.authKeyGraceSeconds + 1);
    expect(await calls().keyOf(accountId)).not.toHaveProperty('previous_public_key');
  });

  test('given a rotation whose reply was lost, when asked again, then it succeeds and changes nothing [auth.key.rotate-again]', async () => {
    const { pair, accountId } = await anAccount();
    const next = makeKeyPair();
    const first = await calls().rotate(pair, accountId, next);
    network.clock.advance(1);
    expect(await calls().rotate(pair, accountId, next)).toMatchObject({
      previous_valid_until: first.previous_valid_until,
    });
  });

  test('given a fault, when a rotation arrives, then it is refused and the key stays [auth.key.rotate]', async () => {
    const { pair, accountId } = await anAccount();
    const [next, other] = [makeKeyPair(), makeKeyPair()];
    const nonce = randomUUID();
    const code = async (reply: Promise<WireReply>) => (await reply).code;
    const { rotate } = calls();
    expect(await code(rotate(pair, accountId, next, { proof: other }))).toBe('auth_proof_invalid');
    expect(await code(rotate(pair, accountId, next, { proof: pair }))).toBe('auth_proof_invalid');
    expect(await code(rotate(other, accountId, next))).toBe('auth_public_key_mismatch');
    expect(await code(rotate(pair, accountId, next, { accountId: 'acct_x' }))).toBe('auth_claims_account_mismatch');
    expect(await code(rotate(pair, accountId, next, { purpose: 'revoke' }))).toBe('auth_purpose_mismatch');
    expect(await code(rotate(pair, accountId, next, { signedAtMs: 1 }))).toBe('auth_claims_timestamp_skew');
    expect(await code(rotate(pair, accountId, pair))).toBe('bad_request');
    expect(await code(rotate(other, accountId, next, { nonce }))).toBe('auth_public_key_mismatch');
    expect(await code(rotate(pair, accountId, next, { nonce }))).toBe('auth_nonce_replayed');
    expect(await code(rotate(pair, 'acct_nobody', next))).toBe('auth_key_not_found');
    const unsigned = network.wire.ask('rotate_key', { account_id: accountId, new_public_key: next.publicKey });
    expect(await code(unsigned)).toBe('auth_v2_required');
    expect(await calls().keyOf(accountId)).toMatchObject({ public_key: pair.publicKey });
  });

  test('given a revoked key, when anybody registers, then no key is bound until the operator names one [auth.key.revoke auth.key.rebind]', async () => {
    const { pair, username, accountId, session } = await anAccount();
    const other = makeKeyPair();
    expect(await calls().revoke(other, accountId, pair.publicKey)).toMatchObject({ code: 'auth_public_key_mismatch' });
    expect(await calls().revoke(pair, accountId, pair.publicKey)).toMatchObject({ public_key: pair.publicKey });
    expect(await calls().revoke(pair, accountId, pair.publicKey)).toMatchObject({ public_key: pair.publicKey });
    expect(await calls().isOnline(session.session_tag)).toBe(false);
    expect(await calls().keyOf(accountId)).toMatchObject({ error: 'not_found', code: 'auth_key_revoked' });
    for (const one of [pair, other]) {
      expect(await calls().register(one, username)).toMatchObject({ code: 'auth_key_revoked' });
      expect(await network.wire.register(claimed(one, username, network.clock.now()))).toMatchObject({
        code: 'auth_key_revoked',
      });
    }
    expect(await calls().rotate(pair, accountId, other)).toMatchObject({ code: 'auth_key_revoked' });
    await calls().hello(pair, session, network.clock.now() + 1);
    expect(await calls().isOnline(session.session_tag)).toBe(false);
  });

  test('given a replaced key, when it is revoked, then its grace is over and the present one stays [auth.key.revoke]', async () => {
    const { pair, accountId, username } = await anAccount();
    const next = makeKeyPair();
    await calls().rotate(pair, accountId, next);
    expect(await calls().revoke(pair, accountId, next.publicKey)).toMatchObject({ code: 'auth_public_key_mismatch' });
    expect(await calls().revoke(next, accountId, pair.publicKey)).toMatchObject({ public_key: pair.publicKey });
    const keys = await calls().keyOf(accountId);
    expect(keys).toMatchObject({ public_key: next.publicKey });
    expect(keys).not.toHaveProperty('previous_public_key');
    expect(await calls().register(next, username)).toMatchObject({ account_id: accountId });
  });
});

describeOnEachDatabase('a registry that requires ed25519-v2', (kind) => {
  const network = useRegistry(kind, { authRequire: 'v2' });

  test('given other registrations and hellos, when they arrive, then they are refused with the remedy [auth.v2.required]', async () => {
    const [pair, username] = [makeKeyPair(), aName()];
    const old = await network.wire.register(claimed(pair, username, network.clock.now()));
    expect(old).toMatchObject({ error: 'auth_required', code: 'auth_v2_required' });
    expect(await network.wire.register({ agent_id: 'agent' })).toMatchObject({ code: 'auth_v2_required' });
    const session = await callsOf(network).register(pair, username);
    expect(session).toMatchObject({ signing: { schemes: ['ed25519-v2'], required: 'ed25519-v2' } });
    await network.wire.tell('hello', { agent_id: 'agent', session_tag: 'made_up', account_id: session.account_id });
    expect((await network.wire.listed()).map(({ session_tag }) => session_tag)).toEqual([session.session_tag]);
  });
});

describeOnEachDatabase('two registries', (kind) => {
  const network = useNetwork(kind);

  test('given one key, when both are asked to replace it with different ones, then one wins [auth.key.rotate]', async () => {
    const shared = kind.name === 'Postgres' ? 2 : 1;
    for (let index = 0; index < shared; index++) await network.startRegistry({ devAuth: true, serverId: `r${index}` });
    const [pair, username] = [makeKeyPair(), aName()];
    const { register, rotate, keyOf } = callsOf(network);
    const { account_id } = await register(pair, username);
    const wanted = Array.from({ length: 8 }, () => makeKeyPair());
    const replies = await Promise.all(wanted.map((next) => rotate(pair, account_id, next)));
    const won = replies.filter(({ code }) => code === undefined);
    expect(won).toHaveLength(1);
    expect(new Set(replies.map(({ code }) => code))).toEqual(new Set([undefined, 'auth_public_key_mismatch']));
    expect(await keyOf(account_id)).toMatchObject({ public_key: won[0].public_key });
  });
});

describeOnEachDatabase('the operator’s command', (kind) => {
  const network = useNetwork(kind);

  test('given a revoked account, when the operator binds a key, then that one registers and no other [auth.key.rebind]', {
    timeout: 90_000,
  }, async (context) => {
    // An embedded database of a test is in memory or copied; the command needs one that outlives the registry.
    if (network.database.options.kind === 'pglite' && network.database.options.dataDir === 'memory://') context.skip();
    const before = await network.startRegistry({ devAuth: true });
    const [pair, next, username] = [makeKeyPair(), makeKeyPair(), aName()];
    const { register, revoke } = callsOf(network);
    const { account_id } = await register(pair, username);
    await revoke(pair, account_id, pair.publicKey);
    await before.stop();
    await rebindKey(network.database.options, [account_id, next.publicKey]);
    await network.startRegistry({ devAuth: true });
    expect(await register(pair, username)).toMatchObject({ code: 'auth_public_key_mismatch' });
    expect(await register(next, username)).toMatchObject({ account_id });
  });

  test.each([
    [[]],
    [['acct_x']],
    [['acct.x', 'k']],
    [['acct_x', 'short']],
  ])('given %j, when read, then the usage is named', async (args) => {
    await expect(rebindKey(network.database.options, args)).rejects.toMatchObject({ code: 'invalid_option' });
  });
});
