import { limits, type RegistryClient } from '@agentnet/protocol';
import { describe, expect, test } from 'vitest';
import { RemoteError, TransportError } from '../../src/errors.js';
import { KeyRing } from '../../src/identity/key-ring.js';
import { FakeClock } from '../harness/fake-clock.js';

type Answer = string | 'not_found' | 'silence';

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
    expect(new Set(await Promise.all(finding))).toEqual(new Set(['key']));
    expect(order).toEqual([...order].sort((a, b) => a - b));
    expect(asked).toEqual(['acct_a']);
  });

  test('given a known key, when asked again, then it comes at once until its time is over', async () => {
    const { keys, clock, asked, answer } = keyRing();
    const finding = keys.find('acct_a');
    answer('key');
    await finding;
    clock.advance(limits.authKeyCacheTtlMs - 1);
    expect(keys.find('acct_a')).toBe('key');
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
    expect(await finding).toBeUndefined();
    expect(keys.find('acct_a')).toBeUndefined();
    clock.advance(limits.authKeyMissTtlMs);
    const again = keys.find('acct_a');
    answer('key');
    expect(await again).toBe('key');
    expect(asked).toHaveLength(2);
  });

  test('given a hung registry, when too many wait, then further ones are refused and known keys still come', async () => {
    const { keys, asked, answer } = keyRing();
    const known = keys.find('acct_known');
    answer('key');
    await known;
    const waiting = Array.from({ length: limits.authKeyWaitMax }, (_, index) => keys.find(`acct_${index}`));
    expect(keys.find('acct_more')).toBeUndefined();
    expect(keys.find('acct_known')).toBe('key');
    expect(asked).toHaveLength(1 + limits.authKeyWaitMax);
    for (const _ of waiting) answer('not_found');
    await Promise.all(waiting);
    expect(keys.find('acct_more')).toBeInstanceOf(Promise);
  });
});
