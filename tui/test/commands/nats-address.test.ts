import { describe, expect, test } from 'vitest';
import { resolveNatsUrl, shownNatsUrl } from '../../src/session/nats-address.js';

describe('given no credentials in the address', () => {
  test('when it is this machine, then the public token is used', () => {
    expect(resolveNatsUrl(undefined, {})).toBe('nats://agentnet_secret_token@127.0.0.1:4222');
    expect(resolveNatsUrl('localhost:4333', {})).toBe('nats://agentnet_secret_token@localhost:4333');
  });

  test('when it is another machine, then no token is sent', () => {
    expect(resolveNatsUrl('nats://example.org:4222', {})).toBe('nats://example.org:4222');
  });

  test('when AGENTNET_TOKEN is set, then that token is used', () => {
    expect(resolveNatsUrl(undefined, { AGENTNET_TOKEN: 'mine' })).toBe('nats://mine@127.0.0.1:4222');
  });
});

test('given NATS_URL and no option, when resolved, then NATS_URL counts', () => {
  expect(resolveNatsUrl(undefined, { NATS_URL: 'nats://t@h:1' })).toBe('nats://t@h:1');
  expect(resolveNatsUrl('nats://t@h:2', { NATS_URL: 'nats://t@h:1' })).toBe('nats://t@h:2');
});

test.each([
  'http://127.0.0.1',
  'nats://',
  'nats://h:99999',
  '',
])('given the address %j, when resolved, then it is refused without being repeated', (address) => {
  expect(() => resolveNatsUrl(address, {})).toThrow('[invalid_option] the NATS address must be nats:// or tls://');
});

test('given an address with a token, when shown, then only the public token is kept', () => {
  expect(shownNatsUrl('nats://s3cret@127.0.0.1:4222')).toBe('nats://127.0.0.1:4222');
  expect(shownNatsUrl('nats://agentnet_secret_token@127.0.0.1:4222')).toBe(
    'nats://agentnet_secret_token@127.0.0.1:4222',
  );
});
