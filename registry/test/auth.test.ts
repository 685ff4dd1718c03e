import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { formatInstant, type RegisterRequest } from '@agentnet/protocol';
import { type KeyPair, makeKeyPair, registerClaims, signClaims } from '@agentnet/sdk/identity';
import { beforeAll, describe, expect, test } from 'vitest';
import { describeOnEachDatabase } from './harness/databases.js';
import { useNetwork, useRegistry } from './harness/network.js';

interface Recording {
  account_id: string;
  received_at: string;
  exchanges: { scenario: string; request: RegisterRequest; reply: Record<string, unknown> }[];
}

/** What a registry of the protocol's first version answered to signed registrations. */
const recording = JSON.parse(
  readFileSync(new URL('golden/auth-registrations.json', import.meta.url), 'utf8'),
) as Recording;

/** The first version cannot register an agent without username. */
const betterAnswers: Readonly<Record<string, Record<string, unknown>>> = {
  '21-register-no-username-key': { username: 'solo' },
};

const aName = () => `n${randomUUID().replaceAll('-', '').slice(0, 20)}`;

function signed(pair: KeyPair, username: string, { nowMs = 0, nonce = randomUUID() as string } = {}): RegisterRequest {
  const timestamp = formatInstant({ epochMs: nowMs, micros: 0 });
  const claims = registerClaims({ agentId: username, name: username, username, accountId: '', timestamp, nonce });
  return { agent_id: username, username, auth: { ...signClaims(claims, pair) } };
}

describeOnEachDatabase('the recorded signed registrations', (kind) => {
  const network = useNetwork(kind);

  beforeAll(async () => {
    // The recorded requests sign the recorded account's id, so that account is made before.
    const unsigned = await network.startRegistry();
    await network.wire.register({ agent_id: 'u1', username: 'user1', account_id: recording.account_id });
    await unsigned.stop();
    await network.startRegistry({ devAuth: true, now: () => Date.parse(recording.received_at) });
  });

  test.each(
    recording.exchanges,
  )('$scenario: given the same bytes, when answered, then as recorded [A-04 A-05]', async ({
    scenario,
    request,
    reply,
  }) => {
    const { account_id, username, error } = betterAnswers[scenario] ?? reply;
    const ours = await network.wire.register(request);
    expect(ours.error).toBe(error);
    expect(ours.username).toBe(username);
    if (username === 'user1') expect(ours.account_id).toBe(account_id);
  });
});

describeOnEachDatabase('dev auth', (kind) => {
  const network = useRegistry(kind, { devAuth: true, devAuthMaxSkewSeconds: 10, devAuthNonceTtlSeconds: 30 });
  const register = (pair: KeyPair, username: string, nonce?: string) =>
    network.wire.register(signed(pair, username, { nowMs: network.clock.now(), ...(nonce ? { nonce } : {}) }));

  test('given a spent nonce, when its time is over, then it may be used again [A-05 auth.register.replay]', async () => {
    const [pair, username, nonce] = [makeKeyPair(), aName(), randomUUID()];
    expect(await register(pair, username, nonce)).toHaveProperty('account_id');
    network.clock.advance(29);
    expect(await register(pair, username, nonce)).toMatchObject({ error: 'auth_nonce_replayed' });
    network.clock.advance(1);
    expect(await register(pair, username, nonce)).toHaveProperty('account_id');
  });

  test('given one nonce, when two accounts use it, then both may', async () => {
    const nonce = randomUUID();
    expect(await register(makeKeyPair(), aName(), nonce)).toHaveProperty('account_id');
    expect(await register(makeKeyPair(), aName(), nonce)).toHaveProperty('account_id');
  });

  test('given another skew, when timestamps are around it, then it decides [A-05 auth.register.skew]', async () => {
    const [pair, username] = [makeKeyPair(), aName()];
    const at = (ms: number) => network.wire.register(signed(pair, username, { nowMs: network.clock.now() + ms }));
    for (const ms of [10_000, -10_000]) expect(await at(ms)).toHaveProperty('account_id');
    for (const ms of [10_001, -10_001]) expect(await at(ms)).toMatchObject({ error: 'auth_claims_timestamp_skew' });
  });

  test('given one body twice at the same time, when answered, then one is a replay [auth.register.replay]', async () => {
    const request = signed(makeKeyPair(), aName(), { nowMs: network.clock.now() });
    const replies = await Promise.all([network.wire.register(request), network.wire.register(request)]);
    expect(replies.map(({ error }) => error ?? 'ok').sort()).toEqual(['auth_nonce_replayed', 'ok']);
  });

  test.each([
    ['a nonce of 100,000 characters', { nonce: 'n'.repeat(100_000) }],
    ['a nonce with U+0000', { nonce: '\u0000' }],
  ])('given %s, when registered, then it is as good as any', async (_, { nonce }) => {
    expect(await register(makeKeyPair(), aName(), nonce)).toHaveProperty('account_id');
  });

  test('given a key text that no database keeps, when registered, then it is refused', async () => {
    const request = signed(makeKeyPair(), aName(), { nowMs: network.clock.now() });
    const auth = request.auth as { public_key: string };
    for (const public_key of [`${auth.public_key}\u0000`, auth.public_key.padEnd(300, '=')])
      expect(await network.wire.register({ ...request, auth: { ...auth, public_key } })).toMatchObject({
        error: 'auth_payload_invalid',
      });
  });
});

describe('an account from before dev auth', () => {
  describeOnEachDatabase('dev auth switched on', (kind) => {
    const network = useNetwork(kind);
    test('given an account without a key, when its first signed registration comes, then that binds the key', async () => {
      const username = aName();
      const before = await network.startRegistry();
      const { account_id } = await network.wire.register({ agent_id: username, username });
      await before.stop();
      await network.startRegistry({ devAuth: true });
      const pair = makeKeyPair();
      const nowMs = network.clock.now();
      expect(await network.wire.register({ agent_id: username, username })).toMatchObject({ error: 'auth_required' });
      expect(await network.wire.register(signed(pair, username, { nowMs }))).toMatchObject({ account_id });
      expect(await network.wire.register(signed(makeKeyPair(), username, { nowMs }))).toMatchObject({
        error: 'auth_public_key_mismatch',
      });
      expect(await network.wire.ask('resolve_key', { account_id })).toMatchObject({ public_key: pair.publicKey });
    });
  });
});
