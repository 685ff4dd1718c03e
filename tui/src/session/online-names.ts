import { connect, natsTransport, registryQueries } from '@agentnet/sdk/transport';
import { AccountNames } from './account-names.js';
import type { NetworkOptions } from './network-options.js';

/** Names of the accounts that are online now; of none when the registry does not tell, since a table can do without. */
export async function onlineNames({ natsUrl, wait }: Pick<NetworkOptions, 'natsUrl' | 'wait'>) {
  const names = new AccountNames();
  try {
    const connection = await connect({ url: natsUrl, name: 'agentnet-cli', maxReconnectAttempts: 0, ...wait });
    try {
      await names.load(registryQueries(natsTransport(connection)), [], wait.signal);
    } finally {
      await connection.close();
    }
  } catch {
    // What was learnt so far is of use.
  }
  return names.usernameOf;
}
