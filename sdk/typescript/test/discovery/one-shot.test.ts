import { describe, expect, it } from 'vitest';
import {
  getProfile,
  getRegistryMetrics,
  getThreadMessages,
  listOnlineAgents,
  listThreads,
  resolveAccount,
  searchAgents,
} from '../../src/index.js';
import { NatsServer } from '../harness/nats-server.js';
import { useNetwork } from '../harness/network.js';

const network = useNetwork();

describe('one-shot calls', () => {
  it('given more agents than fit a page, when they are listed, then all pages come back', async () => {
    for (const name of ['a', 'b', 'c']) network.registry.addAccount(name, `acct_${name}`);
    const rows = await listOnlineAgents(network.server.url);
    expect(rows.map(({ username, agent_id }) => username ?? agent_id)).toEqual(['a', 'b', 'c']);
  });

  it('given a registry, when it is asked for an account, then name and id lead to the same one', async () => {
    network.registry.addAccount('dora', 'acct_dora');
    expect(await resolveAccount(network.server.url, '@Dora')).toBe('acct_dora');
    expect((await getProfile(network.server.url, '@dora')).account_id).toBe('acct_dora');
    expect((await getProfile(network.server.url, 'acct_dora')).username).toBe('dora');
    expect((await searchAgents(network.server.url, { query: 'dora', onlineOnly: true })).results).toEqual([]);
  });

  it('given a refusal, when it comes, then it is a RemoteError with its code', async () => {
    await expect(resolveAccount(network.server.url, 'ghost')).rejects.toMatchObject({
      name: 'RemoteError',
      code: 'not_found',
    });
    await expect(listThreads(network.server.url)).rejects.toMatchObject({
      name: 'RemoteError',
      code: 'internal_error',
    });
  });

  it('given bad input, when a call is made, then it is refused before anything is sent', async () => {
    await expect(getThreadMessages(network.server.url, '')).rejects.toMatchObject({
      name: 'ValidationError',
      code: 'bad_request',
    });
    await expect(getProfile(network.server.url, 'capability:x')).rejects.toMatchObject({ code: 'invalid_target' });
  });

  it('given no registry, or no server, when a call is made, then the error says which is missing', async () => {
    await using lonely = await new NatsServer().start();
    await expect(getRegistryMetrics(lonely.url)).rejects.toMatchObject({ code: 'registry_unavailable' });
    await expect(listOnlineAgents('nats://127.0.0.1:1', { timeoutMs: 500 })).rejects.toMatchObject({
      code: 'connect_failed',
    });
  });
});
