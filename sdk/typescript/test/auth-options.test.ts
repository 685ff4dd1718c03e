import { afterEach, describe, expect, test, vi } from 'vitest';
import { resolveOptions } from '../src/options.js';

describe('auth options', () => {
  afterEach(() => vi.unstubAllEnvs());

  test('given no setting, when resolved, then nothing is signed', () => {
    vi.stubEnv('DEV_AUTH', '');
    expect(resolveOptions({ agentId: 'a' }).keyFile).toBeUndefined();
  });

  test.each([
    'true',
    ' ON ',
    '1',
  ])('given DEV_AUTH=%j, when resolved, then the key is that of the username', (value) => {
    vi.stubEnv('DEV_AUTH', value);
    vi.stubEnv('DEV_AUTH_KEY_DIR', '');
    expect(resolveOptions({ agentId: 'a' }).keyFile).toEqual({ keyDir: '.keys', name: 'a', requireV2: false });
    vi.stubEnv('DEV_AUTH_KEY_DIR', '/keys');
    expect(resolveOptions({ agentId: 'a', username: 'alice' }).keyFile).toEqual({
      keyDir: '/keys',
      name: 'alice',
      requireV2: false,
    });
  });

  test('given an option and the environment, when they differ, then the option wins', () => {
    vi.stubEnv('DEV_AUTH', 'true');
    expect(resolveOptions({ agentId: 'a', auth: { enabled: false } }).keyFile).toBeUndefined();
    vi.stubEnv('DEV_AUTH', 'false');
    expect(resolveOptions({ agentId: 'a', auth: { enabled: true, keyDir: 'k' } }).keyFile?.keyDir).toBe('k');
  });

  test('given v2 as the only scheme, when resolved, then auth is on, unless an option says otherwise [auth.v2.required]', () => {
    vi.stubEnv('AUTH_REQUIRE', ' V2 ');
    expect(resolveOptions({ agentId: 'a' }).keyFile).toMatchObject({ requireV2: true });
    expect(resolveOptions({ agentId: 'a', auth: { enabled: false } }).keyFile).toBeUndefined();
    vi.stubEnv('AUTH_REQUIRE', '');
    expect(resolveOptions({ agentId: 'a', auth: { require: 'v2' } }).keyFile).toMatchObject({ requireV2: true });
  });

  test('given wrong settings, when resolved, then each is refused by name', () => {
    const resolve = (auth: object) => () => resolveOptions({ agentId: 'a', auth });
    expect(resolve({ enabled: 'yes' })).toThrow('[invalid_option] auth.enabled');
    expect(resolve({ enabled: true, keyDir: '' })).toThrow('[invalid_option] auth.keyDir');
    expect(resolve({ require: 'v3' })).toThrow('[invalid_option] auth.require (AUTH_REQUIRE) must be v2');
    expect(resolve({ enabled: false, require: 'v2' })).toThrow('[invalid_option] auth.require contradicts');
    expect(resolve({ keydir: 'x' })).toThrow('[invalid_option] auth has no option keydir');
    vi.stubEnv('DEV_AUTH', 'ture');
    expect(resolve({})).toThrow('[invalid_option] DEV_AUTH must be true or false');
  });
});
