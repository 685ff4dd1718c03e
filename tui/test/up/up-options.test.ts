import { expect, test } from 'vitest';
import { resolveUpOptions } from '../../src/up/up-options.js';

const flags = { host: '0.0.0.0', port: 0, dataDir: 'd' };

test('given an address open to other machines, when no token is named, then it is refused unless that is asked for', () => {
  expect(() => resolveUpOptions(flags, {})).toThrow('--allow-public-token');
  expect(() => resolveUpOptions({ ...flags, token: 'agentnet_secret_token' }, {})).toThrow(
    'the default token is public',
  );
  expect(resolveUpOptions({ ...flags, allowPublicToken: true }, {}).nats).toMatchObject({ host: '0.0.0.0' });
  expect(resolveUpOptions(flags, { AGENTNET_TOKEN: 'own' }).nats).toMatchObject({ token: 'own' });
});

test('given DEV_AUTH, when the network is started, then its registry demands what its agents give', () => {
  const local = { ...flags, host: '127.0.0.1' };
  expect(resolveUpOptions(local, {}).devAuth).toBe(false);
  expect(resolveUpOptions(local, { DEV_AUTH: 'Yes' }).devAuth).toBe(true);
  expect(() => resolveUpOptions(local, { DEV_AUTH: 'ture' })).toThrow('DEV_AUTH must be true or false');
});
