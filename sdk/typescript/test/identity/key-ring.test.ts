import { limits, type RegistryClient } from '@agentnet/protocol';
import { describe, expect, test } from 'vitest';
import { RemoteError, TransportError } from '../../src/errors.js';
import { type FoundKeys, KeyRing } from '../../src/identity/key-ring.js';
import { FakeClock } from '../harness/fake-clock.js';

type Answer = string | 'not_found' | 'revoked' | 'silence';

const keyOf = (found: FoundKeys) => (typeof found === 'string' ? found : found.publicKey);

/** A key ring whose registry answers when told. */
function keyRing() {
  const clock = new FakeClock();
  const asked: string[] = [];
  const waiting: ((answer: Answer) => void)[] = [];
  const registry: Pick<RegistryClient, 'resolveKey'> = {
    resolveKey: async ({ account_id }) => {
      asked.push(account_id);
      const public_key = await new Promise<Answer>((resolve) => waiting.push(resolve));
      if (public_key === 'not_found') throw new RemoteError('not_found', 'no key');
      if (public_key === 'revoked') throw new RemoteError('auth_key_revoked', 'revoked');
      if (public_key === 'silence') throw new TransportError('request_timeout', 'no reply');
      return { account_id, public_key, resolved_at: '2026-02-21T08:00:00Z' };
    },
  };
  const answer = (text: Answer) => waiting.shift()?.(text);
  return { keys: new KeyRing(registry as RegistryClient, clock), clock, asked, answer };
}

describe('the keys of other accounts [auth.key-lookup.bounded]', () => {
  test('given an unknown account, when fifty ask at once, then the registry is asked once and answers are in order', async () => {
    const { keys, asked, answer } = keyRing();
    const order: number[] = [];
    const finding = Array.from({ length: 50 }, async (_, index) => {
      const key = await keys.find('acct_a');
      order.push(index);
      return key;
    });
    answer('key');
    expect(new Set((await Promise.all(finding)).map(keyOf))).toEqual(new Set(['key']));
    expect(order).toEqual([...order].sort((a, b) => a - b));
    expect(asked).toEqual(['acct_a']);
  });

  test('given a known key, when asked again, then it comes at once until its time is over', async () => {
    const { keys, clock, asked, answer } = keyRing();
    const finding = keys.find('acct_a');
    answer('key');
    await finding;
    clock.advance(limits.authKeyCacheTtlMs - 1);
    expect(keys.find('acct_a')).toMatchObject({ publicKey: 'key' });
    clock.advance(1);
    expect(keys.find('acct_a')).toBeInstanceOf(Promise);
    expect(asked).toHaveLength(2);
  });

  test.each([
    'not_found',
    'silence',
  ] as const)('given %s, when asked again, then the registry is left alone for a while', async (trouble) => {
    const { keys, clock, asked, answer } = keyRing();
    const finding = keys.find('acct_a');
    answer(trouble);
    expect(await finding).toBe('auth_key_not_found');
    expect(keys.find('acct_a')).toBe('auth_key_not_found');
    clock.advance(limits.authKeyMissTtlMs);
    const again = keys.find('acct_a');
    answer('key');
    expect(await again).toMatchObject({ publicKey: 'key' });
    expect(asked).toHaveLength(2);
  });

  test('given a hung registry, when too many wait, then further ones are refused and known keys still come', async () => {
    const { keys, asked, answer } = keyRing();
    const known = keys.find('acct_known');
    answer('key');
    await known;
    const waiting = Array.from({ length: limits.authKeyWaitMax }, (_, index) => keys.find(`acct_${index}`));
    expect(keys.find('acct_more')).toBe('auth_key_not_found');
    expect(keys.find('acct_known')).toMatchObject({ publicKey: 'key' });
    expect(asked).toHaveLength(1 + limits.authKeyWaitMax);
    for (const _ of waiting) answer('not_found');
    await Promise.all(waiting);
    expect(keys.find('acct_more')).toBeInstanceOf(Promise);
  });

  test('given a key that changed, when forgotten while asked for, then the old answer is not remembered [auth.key.change]', async () => {
    const { keys, asked, answer } = keyRing();
    const before = keys.find('acct_a');
    keys.forget('acct_a');
    const after = keys.find('acct_a');
    answer('old');
    answer('revoked');
    expect(await before).toMatchObject({ publicKey: 'old' });
    expect(await after).toBe('auth_key_revoked');
    expect(keys.find('acct_a')).toBe('auth_key_revoked');
    expect(asked).toHaveLength(2);
  });

  test('given a known account, when another key is met, then the registry is asked again, but seldom [auth.key.change]', async () => {
    const { keys, clock, asked, answer } = keyRing();
    const finding = keys.find('acct_a');
    answer('old');
    await finding;
    expect(keys.findOther('acct_a')).toMatchObject({ publicKey: 'old' });
    expect(asked).toHaveLength(1);
    clock.advance(limits.authKeyAskAgainMs);
    const again = keys.findOther('acct_a');
    answer('new');
    expect(await again).toMatchObject({ publicKey: 'new' });
    expect(keys.findOther('acct_a')).toMatchObject({ publicKey: 'new' });
    expect(keys.remembered('acct_a')).toMatchObject({ publicKey: 'new' });
    expect(asked).toHaveLength(2);
  });
});
